export {
  createHandler,
  type ConsumedBody,
  type Handler,
  type HandlerOptions,
  type RelayOverrides,
} from './create-handler.ts'
