import { createFault } from '@stopbit/faults'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFinalizer } from '../finalizer/create-finalizer.ts'
import { readRequestFacts } from '../request-facts.ts'
import { type Dialect, ENDING_POLICIES, type Framing } from './dialect.ts'
import { DIALECTS } from './table.ts'

/** `JSON.parse` takes this, and `JSON.stringify` has no stack for it. */
const DEEP = ['['.repeat(7_000) + ']'.repeat(7_000), '{"a":'.repeat(7_000) + '1' + '}'.repeat(7_000)] as const

/** Every field that a dialect reads, and some that every object has. */
const FIELDS =
  'type index content_block delta error message usage text thinking stop_reason output_tokens request_id id model created ' +
  'object choices content role finish_reason tool_calls function custom input arguments function_call audio reasoning ' +
  'sequence_number response output_index content_index item part code status output candidates parts functionCall ' +
  'willContinue partialArgs finishReason continuationToken promptFeedback blockReason usageMetadata thought detail ' +
  'error_type __proto__ toString constructor length messages contents tools n generationConfig stream_options store prompt'

const WORDS =
  'message_start content_block_start content_block_delta content_block_stop message_delta message_stop ping error text ' +
  'tool_use signature_delta response.created response.output_item.added response.output_item.done response.failed ' +
  'response.content_part.added response.content_part.done response.output_text.delta response.completed message output_text ' +
  'function_call chat.completion.chunk STOP CONTINUATION stop end_turn a'

const scalar = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('null', 'null', 'true', 'false', '""', '[]', '{}', '[null]', '{"toString":1}'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('0', '1', '-1', '0.5', '1e308', '1e999', '-0', '127', '128', '9'.repeat(400)),
  },
  { weight: 4, arbitrary: fc.constantFrom(...WORDS.split(' ')).map((word) => `"${word}"`) },
  { weight: 1, arbitrary: fc.constantFrom(...DEEP) },
)
const field = fc.constantFrom(...FIELDS.split(' '))

/** JSON texts. Objects mostly hold a type that means something. */
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 2 }).map((all) => `[${all.join()}]`),
    fc
      .tuple(fc.option(fc.constantFrom(...WORDS.split(' '))), fc.array(fc.tuple(field, tie('value')), { maxLength: 6 }))
      .map(([type, members]) => [...(type === null ? [] : [['type', `"${type}"`]]), ...members])
      .map((members) => `{${members.map(([key, inner]) => `"${key}":${inner}`).join()}}`),
  ),
}))

/** What the API sends, with any JSON in the place of what it has there. */
const SHAPES = [
  '{"type":"content_block_start","index":_,"content_block":{"type":_,"text":_}}',
  '{"type":"content_block_delta","index":_,"delta":_}',
  '{"type":"message_delta","delta":{"stop_reason":_},"usage":_}',
  '{"type":"error","error":_,"request_id":_}',
  '{"type":"response.created","response":_,"sequence_number":_}',
  '{"type":"response.output_item.added","output_index":_,"item":_}',
  '{"type":"response.output_item.added","output_index":0,"item":{"type":"message","id":_}}',
  '{"type":"response.content_part.added","output_index":0,"content_index":_,"part":_}',
  '{"type":"response.content_part.done","output_index":0,"content_index":0,"part":_}',
  '{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":_}',
  '{"type":"response.output_item.done","output_index":_,"item":_}',
  '{"type":"response.failed","response":{"error":_}}',
  '{"id":_,"created":_,"choices":[{"index":_,"delta":_,"finish_reason":_}],"usage":_}',
  '{"x":_,"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"n":1}}',
  '{"choices":[{"index":0,"delta":{"tool_calls":_,"audio":_}}]}',
  '{"choices":_,"error":_}',
  '{"candidates":[{"index":_,"content":{"parts":_},"finishReason":_}],"usageMetadata":_}',
  '{"x":_,"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"n":1}}',
  '{"candidates":[{"content":{"parts":[{"functionCall":_}]},"continuationToken":_}]}',
  '{"promptFeedback":_,"candidates":_,"error":_}',
  '{"error":{"code":_,"message":_,"status":_,"type":_,"details":_}}',
  '{"message":_,"code":_,"object":_,"detail":_}',
]
/** Names have underscores of their own. */
const PLACE = /(?<![a-z])_(?![a-z])/
const shaped = fc.constantFrom(...SHAPES).chain((shape) => {
  const literals = shape.split(PLACE)
  const values = fc.array(value, { minLength: literals.length - 1, maxLength: literals.length - 1 })
  return values.map((some) => literals.map((literal, i) => literal + (some[i] ?? '')).join(''))
})
const json = fc.oneof({ weight: 3, arbitrary: shaped }, { weight: 1, arbitrary: value })

function unitOf(data: string, framing: Framing, isNamed: boolean): string {
  if (framing === 'json-array') return data
  const type = isNamed ? /"type":"([a-z_.]+)"/.exec(data)?.[1] : undefined
  return `${type === undefined ? '' : `event: ${type}\n`}data: ${data}\n\n`
}

/** Every JSON text in a closing. */
function jsonsIn(text: string): string[] {
  return text.split(/[\r\n]+/).flatMap((line) => (line.startsWith('data: {') ? [line.slice('data: '.length)] : []))
}

const FRAMINGS: readonly (readonly [Dialect, Framing])[] = DIALECTS.flatMap((dialect) =>
  (['event-stream', 'json-array'] as const).flatMap((framing) =>
    framing === 'event-stream' || dialect.id === 'gemini' ? [[dialect, framing] as const] : [],
  ),
)

describe.each(FRAMINGS.map(([dialect, framing]) => [dialect.id, framing, dialect] as const))(
  '%s, %s: nothing throws',
  (_id, framing, dialect) => {
    test('whatever JSON an upstream streams, cut or whole, under every policy', () => {
      const stream = fc.record({
        units: fc.array(json, { minLength: 1, maxLength: 6 }),
        isNamed: fc.boolean(),
        missing: fc.constantFrom(0, 0, 1, 2, 9, 40),
        ending: fc.constantFrom(...ENDING_POLICIES),
        fault: fc.constantFrom(undefined, createFault('body-reset')),
        request: fc.constantFrom({}, { choiceCount: 1 }, { choiceCount: 2 }),
      })
      fc.assert(
        fc.property(stream, ({ units, isNamed, missing, ending, fault, request }) => {
          const all = units.map((data) => unitOf(data, framing, isNamed))
          const text = framing === 'json-array' ? `[${all.join()}]` : all.join('')
          const bytes = Buffer.from(text.slice(0, text.length - missing))
          const finalizer = createFinalizer({ dialect, framing, request, ending, requestId: 'req_1' })
          finalizer.push(bytes, () => undefined)
          finalizer.heartbeat()
          const closing = finalizer.end(fault)
          for (const data of jsonsIn(Buffer.from(closing.bytes.subarray(closing.tailBytes ?? 0)).toString())) {
            JSON.parse(data)
          }
        }),
        { numRuns: 400 },
      )
    })

    test('whatever JSON an upstream answers with', () => {
      fc.assert(
        fc.property(json, fc.constantFrom(undefined, 200, 404, 500), (data, status) => {
          JSON.parse(dialect.errorResponse({ answer: { status, data } }, 'req_1').body)
          const state = dialect.failedState({ status, data }, framing)
          const openEvent = new Uint8Array(0)
          for (const policy of ENDING_POLICIES) {
            dialect.close(state, { fault: undefined, policy, openEvent, lineEnding: '\n', requestId: 'req_1' })
          }
        }),
        { numRuns: 300 },
      )
    })
  },
)

test('readRequestFacts() and isReplayable() throw at no JSON that a client sends', () => {
  fc.assert(
    fc.property(value, (body) => {
      const facts = readRequestFacts(Buffer.from(body))
      for (const dialect of DIALECTS) dialect.isReplayable(facts)
    }),
    { numRuns: 500 },
  )
})

test.each([
  ['lists', DEEP[0]],
  ['objects', DEEP[1]],
])(
  '%s nested 7,000 deep are said again without the nested fields, and a healthy stream is not touched',
  (_name, deep) => {
    for (const dialect of DIALECTS.slice(0, 4)) {
      const { body, status } = dialect.errorResponse(
        { answer: { data: `{"error":{"message":"Slow down","code":429,"details":${deep}}}` } },
        'req_1',
      )
      expect([status, body.includes('Slow down'), body.includes('[[[')]).toEqual([429, true, false])
    }
    const chat = DIALECTS.find(({ id }) => id === 'openai-chat') ?? expect.unreachable()
    const chunk = `data: {"x":${deep},"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"n":1}}\n\n`
    const finalizer = createFinalizer({ dialect: chat, request: { choiceCount: 1 }, requestId: 'req_1' })
    let out = ''
    finalizer.push(Buffer.from(chunk + chunk), (bytes) => (out += Buffer.from(bytes).toString()))
    expect(out).toBe(chunk + chunk)
    expect(finalizer.modelDataCount).toBe(2)
  },
)
