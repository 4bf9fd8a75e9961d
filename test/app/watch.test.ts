import { appendFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { openRuntime, type Runtime } from '../../src/app/runtime.ts'
import { createWatch } from '../../src/app/watch.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { BotError } from '../../src/core/bot-error.ts'
import { demoWorlds } from '../support/demo-world.ts'
import { memoryLog } from '../support/memory-log.ts'

const worlds = demoWorlds()
const start = Date.parse('2026-03-06T18:00:00Z')
const minute = 60_000

describe('a store that cannot be written for a while', () => {
  it('is one line of the log, keeps since when what is bad, and is told once it is over', async () => {
    const world = await worlds.fresh()
    await appendFile(
      world.config,
      'operator: { address: ops@example.org, badFor: 5m, limits: { freeDisk: 900000GB } }\n',
    )
    let now = start
    let isFull = false
    const { logger: log, lines } = memoryLog()
    const config = await loadConfig(world.config, {})
    const opened = await openRuntime(config, { clock: () => new Date(now), log })
    const { store } = opened.ports
    const runtime: Runtime = {
      ...opened,
      config,
      ports: {
        ...opened.ports,
        store: {
          ...store,
          async transaction(work) {
            if (isFull) {
              throw new BotError('STORE_FULL', 'the disk is full', { retry: 'later' })
            }
            return store.transaction(work)
          },
        },
      },
    }
    try {
      const watch = createWatch(runtime, new Date(start))
      isFull = true
      for (let looks = 0; looks < 9; looks += 1) {
        await watch.round()
        now += minute
      }
      expect(lines.filter(({ level }) => level === 'error')).toMatchObject([
        { msg: 'the watched conditions cannot be saved', err: { code: 'STORE_FULL' } },
      ])
      const disk = (await watch.look()).find(({ id }) => id === 'free-disk')
      expect(disk).toMatchObject({ state: 'bad', since: new Date(start) })

      isFull = false
      await watch.round()
      await watch.round()
      const mails = await store.read((reader) => reader.outbox({ kind: 'operator', limit: 9 }))
      expect(mails).toHaveLength(1)
      expect(mails[0]?.mail.text.replaceAll(/\s+/g, ' ')).toContain(
        'Nothing could be written into the store from 2026-03-06 18:00 UTC to 2026-03-06 18:09 UTC: its disk was full.',
      )
    } finally {
      await opened.close()
    }
  }, 30_000)
})
