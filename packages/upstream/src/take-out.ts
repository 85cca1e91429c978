/**
 * Takes one out of a list without an order. A list and not a `Set`: from each table that a `Set` has outgrown V8 keeps a pointer to the
 * next, so that connections which are long closed outlive many collections, with all that hangs on them.
 */
export function takeOut<Member>(list: Member[], member: Member): void {
  const at = list.indexOf(member)
  if (at === -1) return
  const last = list.pop()
  if (last !== undefined && at < list.length) list[at] = last
}
