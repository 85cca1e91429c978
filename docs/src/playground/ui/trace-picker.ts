import { expandTrace, type Trace } from '@stopbit/traces'
import { loadTrace } from '@stopbit/traces/data'
import { partOf } from './parts.ts'

/** Values of variants in words. */
const WORDS: { readonly [value: string]: string } = {
  'ending:rst': 'reset (RST)',
  'ending:fin': 'closed (FIN)',
  'ending:eof': 'a clean end in the middle (EOF)',
  'ending:stall': 'silence',
}

/** A loaded trace. */
interface PickedTrace {
  /** Of the list of traces. */
  readonly option: HTMLOptionElement
  readonly permutations: readonly Trace[]
  readonly chosen: Trace
}

/** The lists from which a trace and its permutation are chosen. */
export class TracePicker {
  readonly #search: HTMLInputElement
  readonly #dialect: HTMLSelectElement
  readonly #trace: HTMLSelectElement
  readonly #permutation: HTMLSelectElement
  readonly #count: HTMLElement
  readonly #options: readonly HTMLOptionElement[]

  /** `onChoice` is called when another trace or permutation was chosen. */
  constructor(root: ParentNode, onChoice: (id: string) => void) {
    this.#search = partOf(root, 'search', HTMLInputElement)
    this.#dialect = partOf(root, 'dialect', HTMLSelectElement)
    this.#trace = partOf(root, 'trace', HTMLSelectElement)
    this.#permutation = partOf(root, 'permutation', HTMLSelectElement)
    this.#count = partOf(root, 'count', HTMLElement)
    this.#options = [...this.#trace.options]
    this.#search.addEventListener('input', () => this.#filter())
    this.#dialect.addEventListener('input', () => this.#filter())
    this.#trace.addEventListener('change', () => onChoice(this.#trace.value))
    this.#permutation.addEventListener('change', () => onChoice(this.#permutation.value))
  }

  /** Whether the chosen trace can be replayed with MSW. */
  get isReplayable(): boolean {
    return this.#trace.selectedOptions[0]?.dataset['replayable'] !== undefined
  }

  /** Loads a trace or one of its permutations, and shows nothing of it yet. Rejects for one that there is not, or not here. */
  async load(id: string): Promise<PickedTrace> {
    const [group, slug] = id.split('/')
    const base = `${group}/${slug}`
    const option = this.#options.find(({ value }) => value === base)
    if (option === undefined) throw new RangeError(`There is no trace ${base} in the playground`)
    const permutations = expandTrace(await loadTrace(base)).map(({ trace }) => trace)
    const chosen = permutations.find((trace) => trace.id === id) ?? permutations[0]
    if (chosen === undefined) throw new RangeError(`The trace ${base} has nothing to play`)
    return { option, permutations, chosen }
  }

  /** Shows as chosen what `load()` brought. */
  show({ option, permutations, chosen }: PickedTrace): void {
    if (!option.isConnected) this.#showAll()
    this.#trace.value = option.value
    option.scrollIntoView?.({ block: 'nearest' })
    this.#permutation.replaceChildren(...permutations.map((trace) => new Option(nameOf(trace.id), trace.id)))
    this.#permutation.value = chosen.id
    this.#permutation.disabled = permutations.length === 1
  }

  #showAll(): void {
    this.#search.value = ''
    this.#dialect.value = ''
    this.#filter()
  }

  /** Takes options out of the list and puts them back: not every browser hides one. */
  #filter(): void {
    const words = this.#search.value.toLowerCase().split(/\s+/)
    const dialect = this.#dialect.value
    const chosen = this.#trace.value
    const found = this.#options.filter(
      ({ dataset }) =>
        (dialect === '' || dataset['dialect'] === dialect) &&
        words.every((word) => dataset['words']?.includes(word) === true),
    )
    const groups = Map.groupBy(found, ({ value }) => value.split('/')[0] ?? '')
    this.#trace.replaceChildren(
      ...[...groups].map(([label, options]) => {
        const group = document.createElement('optgroup')
        group.label = label
        group.append(...options)
        return group
      }),
    )
    this.#trace.value = chosen
    this.#count.textContent = found.length === 1 ? '1 trace' : `${found.length} traces`
  }
}

function nameOf(id: string): string {
  const [, , value] = id.split('/')
  if (value === undefined) return 'as it is'
  if (value.startsWith('cutAt:')) return `cut after byte ${value.slice(6)}`
  return WORDS[value] ?? value.replace(':', ': ')
}
