import type { HeaderList } from '@stopbit/exchange'

/** Fields of one name are repeated, or joined where the field allows it: that is the runtime's. */
export function toHeaders(list: HeaderList): Headers {
  const headers = new Headers()
  for (let i = 0; i + 1 < list.length; i += 2) headers.append(list[i] ?? '', list[i + 1] ?? '')
  return headers
}
