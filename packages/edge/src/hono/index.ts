export { createHonoHandler, type HonoHandler } from './create-hono-handler.ts'
