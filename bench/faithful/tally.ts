/** Counts how often each question was answered with yes, and keeps the first failures with their reasons. */
export interface Tally {
  /** `failure` says why it is no; empty where no is no failure. */
  add(question: string, isYes: boolean, failure: string): void
  print(write: (line: string) => void): void
}

export function makeTally(maxFailures: number): Tally {
  const counts = new Map<string, { yes: number; all: number; readonly failures: string[] }>()
  return {
    add(question, isYes, failure): void {
      const count = counts.get(question) ?? { yes: 0, all: 0, failures: [] }
      counts.set(question, count)
      count.all += 1
      count.yes += isYes ? 1 : 0
      if (!isYes && failure !== '' && count.failures.length < maxFailures) {
        count.failures.push(failure)
      }
    },
    print(write): void {
      for (const [question, { yes, all, failures }] of counts) {
        write(`${String(yes).padStart(6)} of ${String(all).padStart(6)}  ${question}`)
        for (const failure of failures) {
          write(`                  ${failure}`)
        }
      }
    },
  }
}
