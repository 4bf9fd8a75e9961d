import { describe, expect, it } from 'vitest'
import { createCoalescer } from '../../../src/git/engine/coalesce.ts'

interface Gate {
  readonly begun: Promise<void>
  readonly work: (signal: AbortSignal) => Promise<number>
  readonly open: () => void
  readonly runs: () => number
}

/** Work that begins, and ends when it is let go or stopped. */
function gated(): Gate {
  let runs = 0
  const release = manual()
  const started = manual()
  return {
    begun: started.promise,
    async work(signal) {
      runs += 1
      const run = runs
      started.resolve()
      const stopped = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
      await Promise.race([release.promise, stopped])
      return run
    },
    open: release.resolve,
    runs: () => runs,
  }
}

function manual(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  const target = new EventTarget()
  const promise = new Promise<void>((resolve) => {
    target.addEventListener('open', () => resolve())
  })
  return { promise, resolve: () => void target.dispatchEvent(new Event('open')) }
}

describe('coalescing', () => {
  it('does once what is asked for at the same time, and again what is asked for while it runs', async () => {
    const { run } = createCoalescer<number>()
    const gate = gated()
    const first = [run('a', gate.work, undefined), run('a', gate.work, undefined)]
    await gate.begun
    const later = [run('a', gate.work, undefined), run('a', gate.work, undefined)]
    gate.open()

    expect(await Promise.all([...first, ...later])).toEqual([1, 1, 2, 2])
  })

  it('does what differs one after the other', async () => {
    const { run } = createCoalescer<number>()
    const [one, two] = [gated(), gated()]
    const both = [run('a', one.work, undefined), run('b', two.work, undefined)]
    await one.begun
    expect(two.runs()).toBe(0)
    one.open()
    await two.begun
    two.open()

    expect(await Promise.all(both)).toEqual([1, 1])
  })

  it('fails for all who asked, and for nobody after', async () => {
    const { run } = createCoalescer<number>()
    async function fail(): Promise<number> {
      throw new Error('no such ref')
    }
    const calls = await Promise.allSettled([run('a', fail, undefined), run('a', fail, undefined)])

    expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await run('a', async () => 7, undefined)).toBe(7)
  })

  it('goes on for the others when one leaves, and stops when the last one does', async () => {
    const { run } = createCoalescer<number>()
    const [one, two] = [new AbortController(), new AbortController()]
    const gate = gated()
    const calls = [run('a', gate.work, one.signal), run('a', gate.work, two.signal)]
    const settled = Promise.allSettled(calls)
    await gate.begun
    one.abort(new Error('first'))
    await expect(calls[0]).rejects.toThrow('first')
    two.abort(new Error('second'))
    await settled

    await expect(calls[1]).rejects.toThrow('second')
  })

  it('does not begin what nobody waits for any more, and lets the next one in', async () => {
    const { run } = createCoalescer<number>()
    const [busy, gate] = [gated(), gated()]
    const running = run('a', busy.work, undefined)
    await busy.begun
    const controller = new AbortController()
    const left = run('b', gate.work, controller.signal)
    controller.abort(new Error('enough'))
    const next = run('b', async () => 7, undefined)
    busy.open()

    await expect(left).rejects.toThrow('enough')
    expect([await running, await next, gate.runs()]).toEqual([1, 7, 0])
  })
})
