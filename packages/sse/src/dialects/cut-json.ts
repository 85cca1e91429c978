/** A member of a JSON object that may have been cut. */
export interface CutMember {
  /** As it is written, without its quotes. */
  readonly key: string
  /** As far as it came, as it is written; `undefined` if the key itself is cut. */
  readonly value: string | undefined
}

const SPACE = /[^\s]|$/g

/**
 * The members of a JSON object that was cut anywhere, the last of them perhaps no more than an empty key. `undefined` if the
 * text begins as anything else. Nothing is validated: strings are skipped and brackets are counted.
 */
export function membersOfCut(json: string): readonly CutMember[] | undefined {
  let at = behindSpace(json, 0)
  if (json[at] !== '{') return undefined
  const members: CutMember[] = []
  do {
    at = behindSpace(json, at + 1)
    if (json[at] === '}') return members
    if (at < json.length && json[at] !== '"') return undefined
    const keyEnd = behindString(json, at)
    if (keyEnd === -1) return [...members, { key: json.slice(at + 1), value: undefined }]
    const colon = behindSpace(json, keyEnd)
    if (colon < json.length && json[colon] !== ':') return undefined
    const end = behindValue(json, colon + 1)
    members.push({ key: json.slice(at + 1, keyEnd - 1), value: json.slice(colon + 1, end).trim() })
    at = end
  } while (json[at] === ',')
  return members
}

function behindSpace(json: string, from: number): number {
  SPACE.lastIndex = from
  return SPACE.exec(json)?.index ?? json.length
}

/** Behind the string whose quote is at `from`; -1 if it is cut, or not there. */
function behindString(json: string, from: number): number {
  for (let at = from + 1; at < json.length; at++) {
    if (json[at] === '\\') at++
    else if (json[at] === '"') return at + 1
  }
  return -1
}

/** Where the comma or the bracket behind a value stands, or the end of the text. */
function behindValue(json: string, from: number): number {
  let depth = 0
  for (let at = from; at < json.length; at++) {
    const character = json[at]
    if (character === '"') {
      at = behindString(json, at) - 1
      if (at < 0) return json.length
    } else if (character === '{' || character === '[') depth++
    else if (depth === 0 && (character === ',' || character === '}')) return at
    else if (character === '}' || character === ']') depth--
  }
  return json.length
}
