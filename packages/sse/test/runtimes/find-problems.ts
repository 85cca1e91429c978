import type { TestResult } from '../portable/run-tests.ts'
import type { Exclusion } from './exclusions.ts'

export interface Comparison {
  /** The tests that there are, according to vitest in Node. */
  readonly expected: readonly Pick<TestResult, 'file' | 'name'>[]
  /** What the tests came to in another runtime. */
  readonly results: readonly TestResult[]
  /** The exclusions of that runtime. */
  readonly exclusions: readonly Exclusion[]
}

/** One line for each test that is not the same as in Node, did not pass, or is excluded without need; with file and name. */
export function findProblems({ expected, results, exclusions }: Comparison): string[] {
  const titlesHere = results.filter(({ name }) => name !== '').map(titleOf)
  const titlesThere = expected.filter((test) => !exclusions.some((one) => isWholeFile(one, test))).map(titleOf)
  const exclusionOf = (result: TestResult): Exclusion | undefined =>
    exclusions.find(({ file, name = '' }) => file === result.file && name === result.name)
  return [
    ...without(titlesThere, titlesHere).map((title) => `${title}: did not run`),
    ...without(titlesHere, titlesThere).map((title) => `${title}: is no test in Node`),
    ...results
      .filter((result) => result.state !== 'pass' && exclusionOf(result) === undefined)
      .map((result) => `${titleOf(result)}: ${result.state}: ${result.error ?? 'without an error'}`),
    ...exclusions.filter((exclusion) => !isNeeded(exclusion, results)).map(describeNeedless),
  ]
}

function isWholeFile({ file, name }: Exclusion, test: Pick<TestResult, 'file'>): boolean {
  return name === undefined && file === test.file
}

function isNeeded({ file, name = '', error }: Exclusion, results: readonly TestResult[]): boolean {
  const result = results.find((one) => one.file === file && one.name === name)
  return result?.state === 'fail' && result.error?.includes(error) === true
}

function describeNeedless({ file, name = '', error }: Exclusion): string {
  return `${titleOf({ file, name })}: is excluded, but does not fail with "${error}"`
}

function titleOf({ file, name }: Pick<TestResult, 'file' | 'name'>): string {
  return name === '' ? file : `${file} > ${name}`
}

/** The items that `others` lacks. Two tests may have one title: each stands for one. */
function without(items: readonly string[], others: readonly string[]): string[] {
  const left = [...others]
  return items.filter((item) => {
    const at = left.indexOf(item)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}
