/** What a client made of an ending. `–` is: not run. */
export type Verdict = 'told' | 'generic' | 'raw' | 'silent' | 'lost' | 'reason' | 'hang' | 'loop' | 'retried' | '–'

/** One ending, mid text, and what each client of the table does with it: a verdict, and a note if there is more to say. */
interface EndingRow {
  readonly ending: string
  readonly cells: readonly (readonly [Verdict, string?])[]
}

/** The measured endings of one dialect. */
export interface EndingTable {
  readonly caption: string
  readonly clients: readonly string[]
  readonly rows: readonly EndingRow[]
}

/** In words, for the table and its legend. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  told: 'typed error',
  generic: 'general error',
  raw: 'raw socket text',
  silent: 'silent success',
  lost: 'text lost',
  reason: 'finish reason',
  hang: 'hangs',
  loop: 'loops',
  retried: 'asks again',
  '–': 'not run',
}

const ANTHROPIC: EndingTable = {
  caption: 'Anthropic Messages, in the middle of a text block',
  clients: [
    'SDK 1.11.0, create',
    'SDK 1.11.0, stream()',
    'AI SDK 7.0.173',
    'Claude Code 2.1.329',
    'Claude Code 2.1.146, 2.1.197',
    'OpenCode 1.18.33',
  ],
  rows: [
    {
      ending: 'TCP reset',
      cells: [
        ['raw'],
        ['raw'],
        ['raw'],
        ['retried', 'then without streaming'],
        ['retried', 'without streaming'],
        ['retried', 'with back-off'],
      ],
    },
    {
      ending: 'FIN within the framing',
      cells: [
        ['raw'],
        ['raw'],
        ['raw'],
        ['retried', 'then without streaming'],
        ['retried', 'without streaming'],
        ['retried', 'with back-off'],
      ],
    },
    {
      ending: 'clean end, no terminal event',
      cells: [
        ['silent'],
        ['generic'],
        ['reason', 'interrupted'],
        ['retried', 'then without streaming'],
        ['retried', 'without streaming'],
        ['loop'],
      ],
    },
    { ending: 'silence', cells: [['hang'], ['hang'], ['hang'], ['retried', 'after its watchdog'], ['–'], ['–']] },
    {
      ending: 'event: error, end',
      cells: [
        ['told'],
        ['told'],
        ['told', 'text kept'],
        ['retried', 'without streaming'],
        ['retried', 'without streaming'],
        ['retried', 'with back-off'],
      ],
    },
    {
      ending: 'the error without its event: line',
      cells: [['silent'], ['generic'], ['told'], ['retried', 'then without streaming'], ['–'], ['–']],
    },
    {
      ending: 'text block closed, then event: error',
      cells: [
        ['told'],
        ['told'],
        ['told'],
        ['generic', 'text kept, goes on 3 times'],
        ['told', 'text kept'],
        ['retried', 'with back-off'],
      ],
    },
    {
      ending: 'event: error, response left open',
      cells: [['told'], ['told'], ['hang'], ['retried', 'at once'], ['–'], ['retried', 'at once']],
    },
    {
      ending: 'event: error, then end_turn and message_stop',
      cells: [
        ['told'],
        ['told'],
        ['reason', 'error part, but stop'],
        ['retried', 'without streaming'],
        ['retried', 'without streaming'],
        ['retried'],
      ],
    },
    {
      ending: 'invented end_turn, block closed',
      cells: [['silent'], ['silent'], ['silent'], ['silent'], ['silent'], ['silent']],
    },
    {
      ending: 'invented end_turn, block left open',
      cells: [['silent'], ['silent'], ['silent'], ['lost'], ['lost'], ['silent']],
    },
    { ending: 'whole answer, response left open', cells: [['hang'], ['hang'], ['hang'], ['hang'], ['hang'], ['–']] },
    { ending: 'whole answer, then reset', cells: [['raw'], ['raw'], ['raw'], ['silent', 'rightly'], ['–'], ['–']] },
  ],
}

const CHAT: EndingTable = {
  caption: 'OpenAI Chat Completions, in the middle of the text',
  clients: ['openai 7.55.0, create', 'openai 7.55.0, stream()', 'AI SDK 7.0.173', 'OpenCode 1.18.33'],
  rows: [
    { ending: 'TCP reset or FIN', cells: [['raw'], ['raw'], ['raw'], ['retried', 'with back-off']] },
    { ending: 'clean end, no [DONE]', cells: [['silent'], ['generic'], ['reason', 'interrupted'], ['loop']] },
    {
      ending: 'data: {"error":{…}}, end',
      cells: [['told'], ['told'], ['told', 'text kept'], ['retried', 'with back-off']],
    },
    {
      ending: 'error in a choice with finish_reason "error"',
      cells: [['told'], ['told'], ['reason', 'other'], ['retried', 'with back-off']],
    },
    { ending: 'the error, response left open', cells: [['told'], ['told'], ['hang'], ['–']] },
    {
      ending: 'the error, then stop and [DONE]',
      cells: [['told'], ['told'], ['reason', 'error part, but stop'], ['retried', 'with back-off']],
    },
    { ending: '[DONE] alone', cells: [['silent'], ['generic'], ['reason', 'interrupted'], ['loop']] },
    { ending: 'invented stop', cells: [['silent'], ['silent'], ['silent'], ['silent']] },
  ],
}

const RESPONSES: EndingTable = {
  caption: 'OpenAI Responses, in the middle of the text',
  clients: ['openai 7.55.0, create', 'openai 7.55.0, stream()', 'AI SDK 7.0.173', 'Codex 0.169.0', 'OpenCode 1.18.33'],
  rows: [
    {
      ending: 'TCP reset or FIN',
      cells: [['raw'], ['raw'], ['raw'], ['retried', '5 times'], ['retried', 'with back-off']],
    },
    {
      ending: 'clean end, no terminal event',
      cells: [
        ['silent'],
        ['silent', 'status in_progress'],
        ['reason', 'interrupted'],
        ['retried', '5 times'],
        ['loop'],
      ],
    },
    {
      ending: 'event: error alone',
      cells: [
        ['told', '6.49.0: silent'],
        ['told'],
        ['told'],
        ['retried', 'message never shown'],
        ['retried', 'with back-off'],
      ],
    },
    {
      ending: 'response.failed alone',
      cells: [
        ['silent', 'status failed'],
        ['silent', 'status failed'],
        ['told'],
        ['retried', 'with the message'],
        ['retried', 'with back-off'],
      ],
    },
    {
      ending: 'event: error, then response.failed',
      cells: [['told'], ['told'], ['told'], ['retried', 'with the message'], ['retried', 'with back-off']],
    },
    { ending: 'response.failed, left open', cells: [['hang'], ['hang'], ['hang'], ['hang'], ['–']] },
    { ending: 'error, then response.completed', cells: [['told'], ['told'], ['told'], ['silent'], ['–']] },
    {
      ending: 'invented response.completed',
      cells: [['silent'], ['silent'], ['silent'], ['silent', 'lost without output_item.done'], ['silent']],
    },
  ],
}

const GEMINI: EndingTable = {
  caption: 'Gemini, in the middle of the text',
  clients: ['@google/genai 3.1.0', 'AI SDK 7.0.173', 'Gemini CLI 0.61.0'],
  rows: [
    { ending: 'TCP reset', cells: [['raw'], ['raw'], ['raw', 'after 4 attempts']] },
    { ending: 'FIN within the framing', cells: [['raw'], ['raw'], ['raw', 'at once']] },
    {
      ending: 'clean end, no finish reason',
      cells: [['silent'], ['reason', 'interrupted'], ['generic', 'after 4 attempts']],
    },
    { ending: 'data: {"error":{…}}, end', cells: [['told'], ['told'], ['generic', 'after 4 attempts']] },
    { ending: 'the error with an event: line', cells: [['silent'], ['told'], ['generic', 'after 4 attempts']] },
    { ending: 'the error, response left open', cells: [['told'], ['hang'], ['hang']] },
    { ending: 'the error, then STOP', cells: [['told'], ['reason', 'error part, but stop'], ['silent']] },
    {
      ending: '[DONE]',
      cells: [
        ['generic', 'a JSON error'],
        ['reason', 'interrupted'],
        ['generic', 'a JSON error'],
      ],
    },
    { ending: 'invented STOP', cells: [['silent'], ['silent'], ['silent']] },
  ],
}

/** In the order of the page. Measured 2026-11-21 with Node 24.21.0 against a scripted upstream on loopback. */
export const ENDING_TABLES: Readonly<Record<'anthropic' | 'chat' | 'responses' | 'gemini', EndingTable>> = {
  anthropic: ANTHROPIC,
  chat: CHAT,
  responses: RESPONSES,
  gemini: GEMINI,
}
