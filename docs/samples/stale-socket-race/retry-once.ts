import { Agent, createServer, request as ask, type IncomingMessage } from 'node:http' // or node:https

const API = process.env['API_URL'] ?? 'http://127.0.0.1:8000'
// Without a `timeout` of its own the agent ignores what the server says in `Keep-Alive: timeout=N`.
const agent = new Agent({ keepAlive: true, timeout: 4_000 })

function send(path: string, body: Buffer, isSecond = false): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const sentAt = performance.now()
  const call = ask(API + path, { method: 'POST', agent: isSecond ? false : agent }, resolve)
  call.once('error', (error) => {
    // Used before, and gone at once with no byte of an answer: the API had closed it before our request came.
    const wasStale = call.reusedSocket && performance.now() - sentAt < 1_000
    if (wasStale && !isSecond) resolve(send(path, body, true))
    else reject(error)
  })
  call.end(body)
  return promise
}

const server = createServer(async (request, response) => {
  try {
    const answer = await send(request.url ?? '/', Buffer.concat(await request.toArray()))
    response.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] })
    answer.pipe(response)
  } catch {
    response.writeHead(502).end()
  }
})
server.listen(Number(process.env['PORT'] ?? 4141), '127.0.0.1', () => console.log(server.address()))
