export { createClockWheel, type ClockWheel } from './clock-wheel.ts'
