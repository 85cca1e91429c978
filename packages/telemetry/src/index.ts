export { failureOf } from './failure-of.ts'
export { startTelemetry, type TelemetryOptions } from './start-telemetry.ts'
