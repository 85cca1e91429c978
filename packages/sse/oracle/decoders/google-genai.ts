import { GoogleGenAI } from '@google/genai'
import { addText, type Decoder } from './decoder.ts'
import { createTransport } from './transport.ts'

/** The answer to a turn behind an executed call. */
export const GEMINI_FOLLOW_UP: string =
  'data: {"candidates":[{"content":{"role":"model","parts":[{"text":"-"}]},"finishReason":"STOP","index":0}]}\r\n\r\n'

const transport = createTransport(GEMINI_FOLLOW_UP)
const client = new GoogleGenAI({
  apiKey: 'oracle',
  httpOptions: { baseUrl: 'http://oracle.invalid', fetch: transport.fetch },
})

/** `models.generateContentStream()`, iterated. */
const generateContentStream: Decoder = {
  id: '@google/genai generateContentStream',
  dialect: 'gemini',
  canAsk: () => true,
  transport,
  async read(sink, { answerCount = 1 }) {
    const reasons = new Map<number, string>()
    let isBlocked = false
    const config = { candidateCount: answerCount }
    const request = { model: 'gemini-canonical', contents: 'Weather?', config }
    for await (const chunk of await client.models.generateContentStream(request)) {
      isBlocked ||= chunk.promptFeedback?.blockReason !== undefined
      for (const { index = 0, content, finishReason } of chunk.candidates ?? []) {
        for (const part of content?.parts ?? []) if (part.thought !== true) addText(sink, index, part.text ?? '')
        if (finishReason !== undefined) reasons.set(index, finishReason)
      }
    }
    return { stopReasons: [...reasons.values()], isComplete: isBlocked || reasons.size === answerCount }
  },
}

/** The Google SDK's way to read a stream. */
export const GOOGLE_GENAI_DECODERS: readonly Decoder[] = [generateContentStream]
