export { createClockWheel, type ClockWheel } from './clock-wheel.ts'
export { drain } from './drain.ts'
