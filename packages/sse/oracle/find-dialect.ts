import { DIALECTS, type Dialect } from '../src/index.ts'
import type { DialectId } from './streams/stream.ts'

/** The dialect of this id, from the package's own table. */
export function findDialect(id: DialectId): Dialect {
  const dialect = DIALECTS.find((known) => known.id === id)
  if (dialect === undefined) throw new RangeError(`Cannot cut streams of ${id}: the table has no such dialect`)
  return dialect
}
