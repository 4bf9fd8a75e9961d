import { setImmediate } from 'node:timers/promises'

/** Does work one after the other, and only once for all who ask for the same before it begins. */
export interface Coalescer<T> {
  /**
   * The result of the work that is next under `key`: begun after this call, so that it sees what the caller knows of. `work`
   * is stopped when nobody waits for it any more.
   */
  readonly run: (
    key: string,
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ) => Promise<T>
}

interface Flight<T> {
  waiting: number
  readonly stop: AbortController
  readonly result: Promise<T>
}

export function createCoalescer<T>(): Coalescer<T> {
  const next = new Map<string, Flight<T>>()
  let last: Promise<unknown> = Promise.resolve()

  function plan(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const stop = new AbortController()
    const before = last
    async function fly(): Promise<T> {
      await before
      // Those who ask at the same time are let in first.
      await setImmediate()
      if (next.get(key) === flight) {
        next.delete(key)
      }
      stop.signal.throwIfAborted()
      return work(stop.signal)
    }
    const flight: Flight<T> = { waiting: 0, stop, result: Promise.resolve().then(fly) }
    last = flight.result.catch(() => {})
    next.set(key, flight)
    return flight
  }

  return {
    async run(key, work, signal) {
      signal?.throwIfAborted()
      const flight = next.get(key) ?? plan(key, work)
      flight.waiting += 1
      return new Promise<T>((resolve, reject) => {
        function leave(): void {
          flight.waiting -= 1
          if (flight.waiting > 0) {
            reject(signal?.reason)
            return
          }
          // Whoever leaves last waits until nothing runs any more.
          if (next.get(key) === flight) {
            next.delete(key)
          }
          flight.stop.abort(signal?.reason)
        }
        signal?.addEventListener('abort', leave, { once: true })
        flight.result
          .then(resolve, reject)
          .finally(() => signal?.removeEventListener('abort', leave))
      })
    },
  }
}
