import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fillBody } from './fill-body.ts'

const STREAM = { dialect: 'anthropic-messages', contentType: 'text/event-stream; charset=utf-8', coded: false } as const
const JSON_BODY = { ...STREAM, contentType: 'application/json' }

function fill(text: string, kind: Parameters<typeof fillBody>[1] = STREAM): string {
  const body = Buffer.from(text)
  const filled = fillBody(body, kind)
  expect(filled.length).toBe(body.length)
  return Buffer.from(filled).toString('utf8')
}

test('fillBody() keeps the grammar of an event and fills what was said', () => {
  expect(
    fill(
      'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"My pin is 1234"}}\n\n',
    ),
  ).toBe(
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"xxxxxxxxxxxxxx"}}\n\n',
  )
})

test('fillBody() keeps escapes and the widths of characters', () => {
  expect(fill('data: {"text":"a\\n\\"é€😀\\u00e9\\ud83d\\ude00\\\\"}\n\n')).toBe(
    'data: {"text":"x\\n\\"é€😀\\u0078\\ud83d\\ude00\\\\"}\n\n',
  )
})

test('fillBody() zeroes ids behind their prefix, equal ones alike and different ones apart', () => {
  expect(fill('{"id":"msg_01XFD","item_id":"msg_01XFD","call_id":"msg_99ABC","other_id":"acme-7"}', JSON_BODY)).toBe(
    '{"id":"msg_00000","item_id":"msg_00000","call_id":"msg_00001","other_id":"000000"}',
  )
})

test("fillBody() keeps the JSON of a tool call's arguments, so that half a call stays half a call", () => {
  expect(fill('data: {"type":"input_json_delta","partial_json":"{\\"path\\": \\"/etc/pa"}\n\n')).toBe(
    'data: {"type":"input_json_delta","partial_json":"{\\"xxxx\\": \\"xxxxxxx"}\n\n',
  )
  const whole = fill('{"arguments":"{\\"lines\\":[12,-3.5e2,true],\\"to\\":null}"}', JSON_BODY)
  expect(JSON.parse((JSON.parse(whole) as { arguments: string }).arguments)).toEqual({
    xxxxx: [11, -1.1e1, true],
    xx: null,
  })
})

test('fillBody() fills keys and numbers that are the caller’s, and long numbers anywhere', () => {
  expect(fill('{"input":{"jane@doe.example":555},"created":1712345678,"index":12}', JSON_BODY)).toBe(
    '{"input":{"xxxxxxxxxxxxxxxx":111},"created":1111111111,"index":12}',
  )
})

test("fillBody() fills what a response repeats of the request's tools: names of fields, and their numbers", () => {
  const tool = { type: 'function', parameters: { properties: { patient_name: { type: 'string', maxLength: 42 } } } }
  const filled = fill(JSON.stringify({ type: 'response.created', tools: [tool], labels: { ward: 'x' } }), JSON_BODY)
  expect(filled).not.toMatch(/patient|ward|42/)
  expect(filled).toContain('{"type":"response.created","tools":[{"type":"function","parameters":{')
})

test('fillBody() keeps no letter of an escape that JSON does not have', () => {
  expect(fill('{"text":"\\S\\E\\C \\n"}', JSON_BODY)).toBe('{"text":"\\n\\n\\nx\\n"}')
})

test('fillBody() fills a structural value that is no word', () => {
  expect(fill('{"type":"text","role":"Jane","model":"ft:acme"}', JSON_BODY)).toBe(
    '{"type":"text","role":"xxxx","model":"xxxxxxx"}',
  )
})

test('fillBody() keeps no value of an API that nobody knows', () => {
  expect(fill('event: jane\ndata: {"type":"secret"}\n\n', { ...STREAM, dialect: 'opaque' })).toBe(
    'event: xxxx\ndata: {"type":"xxxxxx"}\n\n',
  )
})

test('fillBody() fills comments, unknown fields and what is no JSON bytewise', () => {
  expect(fill(': hello\nfoo: bar\ndata: [DONE]\ndata: plain\nretry: 3000\nid: 77\n\n')).toBe(
    ': xxxxx\nxxxxxxxx\ndata: [DONE]\ndata: xxxxx\nretry: 3000\nid: 00\n\n',
  )
  expect(fill('<html>Jane\r\n</html>', { ...STREAM, contentType: 'text/html' })).toBe('xxxxxxxxxx\r\nxxxxxxx')
  expect(fill('{"a":"b"} trailing', JSON_BODY)).toBe('xxxxxxxxxxxxxxxxxx')
})

test('fillBody() leaves no line end in a coded body, whose bytes are no text', () => {
  expect(fill('a\nb\r', { ...STREAM, coded: true })).toBe('xxxx')
})

const WHOLE = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_01AbCdEf","model":"claude","usage":{"input_tokens":12}}}\n\n',
  'event: content_block_delta\r\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Grüße €5 😀 SECRET \\u00dfSECRET\\n"}}\r\n\r\n',
  'event: content_block_delta\ndata: {"delta":{"type":"input_json_delta","partial_json":"{\\"SECRET\\":\\"SECRET"}}\n\n: SECRET\n\ndata: [DONE]\n\n',
].join('')

test('fillBody() of a body cut at any byte has its length, says nothing, and is the beginning of the whole one', () => {
  const bytes = Buffer.from(WHOLE)
  const whole = Buffer.from(fillBody(bytes, STREAM)).toString('latin1')
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const filled = Buffer.from(fillBody(bytes.subarray(0, cut), STREAM)).toString('latin1')
    expect(filled.length).toBe(cut)
    expect(filled).not.toContain('SECRET')
    // Only where the cut hides what the bytes are may they differ: within an id, a number, a literal or a half field.
    const lineStart = Math.max(filled.lastIndexOf('\n'), filled.lastIndexOf('\r')) + 1
    expect(filled.slice(0, lineStart)).toBe(whole.slice(0, lineStart))
  }
})

test('fillBody() of any JSON is JSON of the same length without a word of it', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).map((text) => `Zq${text}`)
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, word, fc.integer(), fc.boolean(), fc.constant(null), tie('list'), tie('object')),
    list: fc.array(tie('tree'), { maxLength: 4 }),
    object: fc.dictionary(fc.constantFrom('text', 'input', 'content', 'name', 'delta'), tie('tree'), { maxKeys: 4 }),
  }))
  fc.assert(
    fc.property(tree, fc.boolean(), (value, escaped) => {
      const plain = JSON.stringify(value)
      const text = escaped
        ? plain.replaceAll(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
        : plain
      const filled = fill(text, JSON_BODY)
      expect(() => JSON.parse(filled)).not.toThrow()
      expect(filled).not.toContain('Zq')
    }),
  )
})

test('fillBody() never throws and always keeps the length, whatever the bytes are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(STREAM, JSON_BODY), (bytes, kind) => {
      expect(fillBody(bytes, kind).length).toBe(bytes.length)
    }),
  )
})

test('fillBody() takes a string of 20 MB', () => {
  const body = Buffer.from(`{"data":"${'A'.repeat(20_000_000)}"}`)
  expect(fillBody(body, JSON_BODY).length).toBe(body.length)
})
