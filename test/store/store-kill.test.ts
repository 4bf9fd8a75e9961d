import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { openTempStore } from '../support/temp-store.ts'
import { runChild } from './run-child.ts'

const kills = Number(process.env['PATCHFERRY_STORE_KILLS'] ?? 15)
const seed = Number(process.env['PATCHFERRY_SEED'] ?? Date.now() % 2 ** 31)
const chains = 20
const kinds = 4

/** mulberry32: the same numbers for the same seed. */
function randomOf(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

it(
  'every job has its effect once, however often its worker is killed',
  async () => {
    process.stdout.write(`store kill test: PATCHFERRY_SEED=${seed}, ${kills} kills\n`)
    const random = randomOf(seed)
    const { store, file, close } = await openTempStore()
    await store.transaction(async (tx) => {
      for (let chain = 0; chain < chains; chain += 1) {
        await tx.enqueue('assemble', `${chain}:0`, new Date())
      }
    })
    await store.close()
    let caughtRunning = 0
    for (let kill = 0; kill < kills; kill += 1) {
      const child = runChild('work', file)
      expect(await child.line()).toBe('working')
      await sleep(random() * 150)
      child.process.kill('SIGKILL')
      expect(await child.ended).toBe('SIGKILL')
      const look = new Sqlite(file)
      caughtRunning += look
        .prepare("select count(*) from job where state = 'running'")
        .pluck()
        .get() as number
      expect(look.pragma('integrity_check', { simple: true })).toBe('ok')
      look.close()
    }
    const last = runChild('work', file, 'finish')
    expect(await last.line()).toBe('working')
    expect(await last.line()).toBe('done')
    expect(await last.ended).toBe(0)

    const look = new Sqlite(file)
    const effects = look
      .prepare(
        `select value ->> 0 name, value ->> 4 rule, count(*) n
         from decision_group, json_each(decisions) group by 1, 2`,
      )
      .all() as readonly { readonly name: string; readonly rule: string; readonly n: number }[]
    expect(effects.filter(({ n }) => n !== 1)).toEqual([])
    const rounds = new Map<string, number>()
    for (const { name } of effects) {
      const [chain = '', round = ''] = name.replace(/@.*/, '').split(':')
      rounds.set(chain, Math.max(rounds.get(chain) ?? 0, Number(round) + 1))
    }
    expect(rounds.size).toBe(chains)
    const expected = [...rounds.values()].reduce((sum, each) => sum + each * kinds, 0)
    expect(effects).toHaveLength(expected)
    expect(look.prepare('select count(*) from job').pluck().get()).toBe(0)
    expect(look.pragma('integrity_check', { simple: true })).toBe('ok')
    look.close()
    expect(caughtRunning).toBeGreaterThan(0)
    process.stdout.write(
      `store kill test: ${effects.length} jobs, ${caughtRunning} caught while running\n`,
    )
    await close()
  },
  60_000 + kills * 4000,
)
