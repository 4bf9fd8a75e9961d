import { execFileSync } from 'node:child_process'
import { getPriority } from 'node:os'
import { describe, expect, it } from 'vitest'

const { href } = new URL('../../src/util/go-first.ts', import.meta.url)

/** Prints the priorities of the main thread and of the others. */
const script = `
import { readdirSync } from 'node:fs'
import { getPriority } from 'node:os'
import { Worker } from 'node:worker_threads'
import { goFirst } from ${JSON.stringify(href)}
const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
goFirst()
goFirst()
const threads = readdirSync('/proc/self/task').map(Number)
const others = threads.filter((thread) => thread !== process.pid)
console.log(JSON.stringify([getPriority(process.pid), others.map((thread) => getPriority(thread))]))
process.exit()
`

describe.skipIf(process.platform !== 'linux')('goFirst', () => {
  it('gives every thread but the main one a lower priority, workers too', () => {
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script]
    const [main, others] = JSON.parse(
      execFileSync(process.execPath, args, { encoding: 'utf8' }),
    ) as readonly [number, readonly number[]]

    expect(main).toBe(getPriority())
    // Those of V8, of libuv, and the worker.
    expect(others.length).toBeGreaterThanOrEqual(6)
    expect(new Set(others)).toEqual(new Set([Math.min(main + 10, 19)]))
  })
})
