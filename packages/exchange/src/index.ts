export { Exchange, type ExchangeContext, type ExchangeRequest } from './exchange.ts'
export { OptionError, resolveExchangeOptions, type ExchangeOptions, type ResolvedExchangeOptions } from './options.ts'
export type { AttemptRecord, ExchangeEnding, ExchangeRecord } from './record.ts'
export type { Clock, ExchangeSink, HeaderList, UpstreamRequest } from './sink.ts'
