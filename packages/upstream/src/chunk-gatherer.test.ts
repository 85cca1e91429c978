import { expect, test } from 'vitest'
import { ChunkGatherer } from './chunk-gatherer.ts'

const SMALL = 100
const LARGE = 10_000

function gather(take: (gatherer: ChunkGatherer, taken: number[]) => void = () => undefined) {
  const taken: number[] = []
  const gatherer = new ChunkGatherer({
    upstreamChunk(bytes) {
      taken.push(bytes.byteLength)
      take(gatherer, taken)
    },
  })
  const add = (...sizes: number[]): void => sizes.forEach((size) => gatherer.add(Buffer.alloc(size)))
  return { gatherer, taken, add }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test('small pieces of one read become one chunk, large ones stay as they are', async () => {
  const { taken, add } = gather()
  add(SMALL, SMALL, SMALL)
  await turn()
  add(LARGE, LARGE, SMALL, LARGE)
  expect(taken).toEqual([3 * SMALL])
  await turn()
  expect(taken).toEqual([3 * SMALL, 3 * LARGE + SMALL])
  add(LARGE, LARGE)
  await turn()
  expect(taken.slice(2)).toEqual([LARGE, LARGE])
})

test('a pause in the middle of large pieces keeps the rest back, and nothing is lost or comes twice', async () => {
  const { gatherer, taken, add } = gather((self, soFar) => {
    if (soFar.length === 1) self.hold()
  })
  add(LARGE, LARGE + 1, LARGE + 2)
  await turn()
  expect(taken).toEqual([LARGE])
  add(LARGE + 3)
  await turn()
  expect(taken).toEqual([LARGE])
  gatherer.release()
  await turn()
  expect(taken).toEqual([LARGE, LARGE + 1, LARGE + 2, LARGE + 3])
})

test('the end of the response passes all on, whoever pauses', () => {
  const { gatherer, taken, add } = gather((self) => self.hold())
  add(LARGE, LARGE + 1, LARGE + 2)
  gatherer.flush()
  expect(taken).toEqual([LARGE, LARGE + 1, LARGE + 2])
})

test('nothing comes after a drop, also in the middle', async () => {
  const { gatherer, taken, add } = gather((self) => self.drop())
  add(LARGE, LARGE)
  gatherer.flush()
  await turn()
  expect(taken).toEqual([LARGE])
})
