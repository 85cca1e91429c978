import { createTestApp, type TestEnvironment } from './test-app.ts'

declare const Deno: {
  readonly env: { toObject(): TestEnvironment }
  serve(
    options: {
      readonly port: number
      readonly hostname: string
      readonly onListen: (address: { readonly port: number }) => void
    },
    handler: unknown,
  ): void
}

const onListen = ({ port }: { readonly port: number }): void => console.log(`READY ${port}`)
Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, createTestApp(Deno.env.toObject()))
