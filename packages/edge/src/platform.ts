/** What a platform offers beside the request, where it does. */
export interface Platform {
  /** Keeps the platform from ending the request's work before `promise` has settled. */
  waitUntil(promise: Promise<unknown>): void
  /** Keeps a server from cutting this request's connection for being silent. */
  liftIdleLimit(request: Request): void
}

/** Looks for it in the arguments that a platform hands to its handlers. */
export function readPlatform(args: readonly unknown[]): Platform {
  const context = args.find((arg) => hasMethod(arg, 'waitUntil'))
  const server = args.find((arg) => hasMethod(arg, 'timeout')) // Bun's; its default cuts after 10 s
  return {
    waitUntil: (promise) => context?.waitUntil(promise),
    liftIdleLimit: (request) => server?.timeout(request, 0),
  }
}

/**
 * Whether a timer that one request has set works for all. In workerd it belongs to that request, and elsewhere nobody knows: a
 * clock that stands still would leave silence without a bound.
 */
export function sharesTimers(): boolean {
  const { navigator } = globalThis as { readonly navigator?: { readonly userAgent?: string } }
  return /^(?:Node\.js|Bun|Deno)\//.test(navigator?.userAgent ?? '')
}

function hasMethod<Name extends string>(
  value: unknown,
  name: Name,
): value is Record<Name, (...args: unknown[]) => void> {
  return typeof value === 'object' && value !== null && name in value && typeof Reflect.get(value, name) === 'function'
}
