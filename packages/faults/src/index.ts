export { classifyFault, type TransportFacts } from './classify-fault.ts'
export { createFault, type Fault } from './fault.ts'
export {
  FAULTS,
  type FaultDescription,
  type FaultKind,
  type FaultPhase,
  type ProxyStatusError,
  type RetrySafety,
} from './fault-kinds.ts'
export { isUnknownError } from './unknown-error.ts'
