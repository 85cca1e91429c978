import { guardCallback, OptionError } from '@stopbit/exchange'
import { createHandler, type ConsumedBody, type HandlerOptions } from '@stopbit/node'
import { createDrain } from '@stopbit/server-presets'
import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { handleRequest, type RelayContext } from './handle-request.ts'

/** The options of the plugin: those of `createHandler` of `@stopbit/node`, and what Fastify adds. */
export interface StopbitOptions extends Omit<HandlerOptions, 'body'> {
  /**
   * Declares the routes, in a scope of their own, where hooks, decorators and other routes can be added too. `relay` is the
   * handler to give them. Default: every method and every path below the prefix.
   */
  readonly routes?: ((scope: FastifyInstance, relay: RouteHandlerMethod) => void | Promise<void>) | undefined
  /**
   * Gives the body of a request as it came, for an application that wants its own parsers to read it first. Without it,
   * requests of this scope are not parsed: `request.body` is `undefined` there, and Fastify's `bodyLimit` does not apply.
   */
  readonly body?: ((request: FastifyRequest) => ConsumedBody) | undefined
  /**
   * How long `fastify.close()` lets responses go on, in milliseconds. Then they are ended with an error in their own dialect.
   * Default 25,000: below the 30 s that Kubernetes gives a process.
   */
  readonly drainDeadlineMs?: number | undefined
}

/**
 * A Fastify plugin that relays an LLM API: `fastify.register(stopbit, { prefix, upstream: { url } })`. The prefix is not asked
 * for upstream. Everything it needs is in its own scope: the application's parsers, routes and error handler stay as they are.
 *
 * Each exchange leaves its record in `request.log`, as `warn` if anything failed, else as `info`. What a callback throws is an
 * error in the log.
 *
 * Rejects with an `OptionError` or a `TypeError` for a wrong option, which names the option, the rule and the value.
 */
export async function stopbit(scope: FastifyInstance, options: StopbitOptions): Promise<void> {
  const { routes = relayAll, body, onRecord, drainDeadlineMs = 25_000 } = options
  if (!(drainDeadlineMs >= 0)) throw new OptionError('drainDeadlineMs', 'must be a number, at least 0', drainDeadlineMs)
  const complain = (thrown: unknown): void => scope.log.error(thrown)
  const onStall = guardCallback(options.onStall, complain)
  const onDefect = guardCallback(options.onDefect, complain)
  const handler = createHandler({
    upstream: options.upstream,
    exchange: options.exchange,
    credential: options.credential,
    memory: options.memory,
    onStall: (warning) => {
      scope.log.warn({ stall: warning }, 'upstream silent')
      onStall(warning)
    },
    onDefect: (defect) => {
      scope.log.error(defect)
      onDefect(defect)
    },
  })
  const context: RelayContext = { handler, prefix: scope.prefix, body, onRecord }

  if (body === undefined) leaveBodiesAlone(scope)
  // Fastify answers new requests with 503 by now, and closes its listener next, which waits for busy connections; for a hook it
  // waits no longer than its `pluginTimeout`. The drain takes care that idle connections are not cut by that.
  const drain = createDrain(scope.server, { drainDeadlineMs })
  drain.register(handler)
  scope.addHook('preClose', (done) => {
    void drain.start()
    done()
  })
  scope.addHook('onClose', async () => {
    await drain.start()
    await handler.close()
  })
  await routes(scope, (request, reply) => handleRequest(context, request, reply))
}

function relayAll(scope: FastifyInstance, relay: RouteHandlerMethod): void {
  const method = scope.supportedMethods.filter((each) => !scope.hasRoute({ method: each, url: `${scope.prefix}/*` }))
  scope.route({ method, url: '/*', exposeHeadRoute: false, handler: relay })
}

/** The bytes of a body are passed on as they come, whatever they are: nobody else may have read them. */
function leaveBodiesAlone(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
}
