import { parseSync, Visitor, type Comment, type TSInterfaceDeclaration } from 'oxc-parser'

export interface InterfaceField {
  readonly name: string
  readonly type: string
  readonly isOptional: boolean
  /** Its docstring as one line, safe in the cell of a Markdown table. */
  readonly text: string
}

/**
 * The fields of an interface, out of its code. A docstring is for its field and for those right below that have none. Throws if
 * there is no such interface.
 */
export function fieldsOf(code: string, name: string): InterfaceField[] {
  const { program, comments } = parseSync('source.ts', code)
  let found: TSInterfaceDeclaration | undefined
  new Visitor({
    TSInterfaceDeclaration(node) {
      if (node.id.name === name) found = node
    },
  }).visit(program)
  if (found === undefined) throw new Error(`Cannot find the interface ${name}`)
  let text = ''
  let end = found.body.start + 1
  return found.body.body.flatMap((member) => {
    if (member.type !== 'TSPropertySignature' || member.key.type !== 'Identifier') return []
    const start = end
    const comment = comments.find((candidate) => candidate.start >= start && candidate.end <= member.start)
    if (comment !== undefined) text = plain(comment)
    end = member.end
    const { typeAnnotation } = member
    if (!typeAnnotation) throw new Error(`Cannot find the type of ${name}.${member.key.name}`)
    const type = code.slice(typeAnnotation.start + 1, typeAnnotation.end).trim()
    return [{ name: member.key.name, type, isOptional: member.optional, text }]
  })
}

function plain({ value }: Comment): string {
  return value
    .replaceAll(/^\s*\*+ ?/gm, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
}
