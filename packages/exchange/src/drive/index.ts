export { createClockWheel, type ClockWheel, type Sleeper } from './clock-wheel.ts'
export { drain } from './drain.ts'
