import type { Exchange, ExchangeContext } from '@stopbit/exchange'

/** What a proxy hears of the world: the inputs of an `Exchange`. */
export type Machine = Pick<
  Exchange,
  | 'requestChunk'
  | 'start'
  | 'upstreamConnected'
  | 'upstreamHead'
  | 'upstreamChunk'
  | 'upstreamEnd'
  | 'upstreamFault'
  | 'downstreamFinished'
  | 'downstreamGone'
  | 'wake'
>

/** Makes the proxy that one exchange passes through. */
export type MakeMachine = (context: ExchangeContext) => Machine
