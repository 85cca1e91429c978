export { stopbit, type StopbitOptions } from './stopbit.ts'
