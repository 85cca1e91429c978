import { ApiError, GoogleGenAI } from '@google/genai'
import type { Calling, SdkClient } from './reading.ts'

async function generateContentStream({ url, model, seen }: Calling): Promise<void> {
  // `v1` and not `v1beta`, because the Hono example serves `/v1/*`.
  const sdk = new GoogleGenAI({ apiKey: 'test', apiVersion: 'v1', httpOptions: { baseUrl: url } })
  for await (const { candidates = [] } of await sdk.models.generateContentStream({ model, contents: 'Weather?' })) {
    for (const { content, finishReason } of candidates) {
      for (const { text, functionCall } of content?.parts ?? []) {
        seen.addText(text)
        if (functionCall !== undefined) seen.addCall(functionCall.args)
      }
      seen.addStop(finishReason)
    }
  }
}

export const GOOGLE_CLIENT: SdkClient = {
  id: 'genai',
  name: '@google/genai generateContentStream',
  dialect: 'gemini',
  runsTools: false,
  stops: ['STOP'],
  isTyped: (error) => error instanceof ApiError,
  read: generateContentStream,
}
