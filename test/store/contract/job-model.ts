interface ModelJob {
  state: 'waiting' | 'running' | 'dead'
  runAt: number
  againAt: number | null
  attempt: number
  deaths: number
  /** Order of arrival. */
  order: number
  /** Which of all claims holds it. */
  claim: number | null
}

function better(a: number, b: number, postpone: boolean): number {
  return postpone ? Math.max(a, b) : Math.min(a, b)
}

/** What jobs of one kind do, in as few words as possible. Times are numbers. */
export class JobModel {
  readonly #jobs = new Map<string, ModelJob>()
  #orders = 0
  #claims = 0

  enqueue(key: string, runAt: number, postpone: boolean): void {
    const job = this.#jobs.get(key)
    if (job === undefined || job.state === 'dead') {
      this.#orders += 1
      const fresh = { againAt: null, attempt: 0, deaths: 0, order: this.#orders, claim: null }
      this.#jobs.set(key, { state: 'waiting', runAt, ...fresh })
    } else if (job.state === 'waiting') {
      job.runAt = better(job.runAt, runAt, postpone)
    } else {
      job.againAt = job.againAt === null ? runAt : better(job.againAt, runAt, postpone)
    }
  }

  claim(now: number): [string, number] | null {
    const [next] = [...this.#jobs]
      .filter(([, job]) => job.state === 'waiting' && job.runAt <= now)
      .sort(([, a], [, b]) => a.runAt - b.runAt || a.order - b.order)
    if (next === undefined) {
      return null
    }
    const [key, job] = next
    Object.assign(job, { state: 'running', attempt: job.attempt + 1, claim: this.#claims })
    this.#claims += 1
    return [key, job.attempt]
  }

  complete(key: string, claim: number): boolean {
    const job = this.#held(key, claim)
    if (job === null) {
      return false
    }
    this.#end(key, job)
    return true
  }

  fail(key: string, claim: number, runAt: number | null): void {
    const job = this.#held(key, claim)
    if (job === null) {
      return
    }
    if (runAt === null && job.againAt !== null) {
      this.#end(key, job)
    } else if (runAt === null) {
      Object.assign(job, { state: 'dead', claim: null })
    } else {
      const runAgain = Math.min(runAt, job.againAt ?? runAt)
      Object.assign(job, { state: 'waiting', claim: null, againAt: null, runAt: runAgain })
    }
  }

  /** Every lease has run out. */
  sweep(maxAttempts: number): number {
    const lost = [...this.#jobs].filter(([, job]) => job.state === 'running')
    for (const [key, job] of lost) {
      job.deaths += 1
      if (job.deaths < maxAttempts) {
        Object.assign(job, { state: 'waiting', claim: null, againAt: null })
      } else if (job.againAt === null) {
        Object.assign(job, { state: 'dead', claim: null })
      } else {
        this.#end(key, job)
      }
    }
    return lost.length
  }

  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { state } of this.#jobs.values()) {
      counts[state] = (counts[state] ?? 0) + 1
    }
    return counts
  }

  next(): number | null {
    const times = [...this.#jobs.values()].filter(({ state }) => state === 'waiting')
    return times.length === 0 ? null : Math.min(...times.map(({ runAt }) => runAt))
  }

  #held(key: string, claim: number): ModelJob | null {
    const job = this.#jobs.get(key)
    return job?.state === 'running' && job.claim === claim ? job : null
  }

  #end(key: string, job: ModelJob): void {
    this.#jobs.delete(key)
    if (job.againAt !== null) {
      this.enqueue(key, job.againAt, false)
    }
  }
}
