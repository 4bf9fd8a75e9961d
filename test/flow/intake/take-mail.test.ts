import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ArchivedDelivery } from '../../../src/core/delivery.ts'
import { toMessageId } from '../../../src/core/ids.ts'
import { recoverArchive, takeMails } from '../../../src/flow/intake/take-mail.ts'
import { all, type FlowBench, openFlowBench } from '../../support/flow-bench.ts'

const { signal } = new AbortController()

let bench: FlowBench
beforeEach(async () => {
  bench = await openFlowBench()
})
afterEach(() => bench.close())

function delivery(name: string, source = 'list', extra = ''): ArchivedDelivery {
  const raw = `From: Ada <ada@example.org>\nMessage-ID: <${name}@example.org>\nSubject: ${name}\n${extra}\nText.\n`
  return {
    raw: Buffer.from(raw),
    source,
    location: name,
    arrivedAt: bench.now,
    isSilent: false,
  }
}

async function nothing(): Promise<void> {}

async function archived(): Promise<number> {
  return (await all(bench.ports.archive.read(null, signal))).length
}

/** From now on the database takes no row into this table where the condition holds. */
function refuse(table: string, condition: string): void {
  const database = new Sqlite(bench.storeFile)
  database.exec(`create trigger refusing before insert on ${table} when ${condition}
    begin select raise(abort, 'refused by the test'); end`)
  database.close()
}

async function count(): Promise<number> {
  return bench.ports.store.read((reader) => reader.messageCount())
}

describe('takeMails', () => {
  it('archives and stores each mail once, however often its source brings it', async () => {
    const first = await takeMails([delivery('a'), delivery('b')], bench.ports, nothing, signal)
    const again = await takeMails(
      [delivery('b'), delivery('a'), delivery('c'), delivery('c')],
      bench.ports,
      nothing,
      signal,
    )

    expect(first.map(({ outcome }) => outcome)).toEqual(['stored', 'stored'])
    expect(again.map(({ outcome }) => outcome)).toEqual(['known', 'known', 'stored', 'known'])
    expect(await archived()).toBe(3)
    expect(await count()).toBe(3)
  })

  it('archives each under the name of its own bytes, whatever was known before it', async () => {
    await takeMails([delivery('b')], bench.ports, nothing, signal)
    const batch = ['a', 'b', 'a', 'c'].map((name) => delivery(name))
    await takeMails(batch, bench.ports, nothing, signal)

    const kept = await all(bench.ports.archive.read(null, signal))
    expect(kept.map((each) => each.delivery.location)).toEqual(['b', 'a', 'c'])
    expect(kept.map((each) => each.entry.blob)).toEqual(
      ['b', 'a', 'c'].map((name) => bench.ports.archive.blobOf(delivery(name).raw)),
    )
  })

  it('keeps a copy that comes by another list as one more delivery', async () => {
    await takeMails([delivery('a')], bench.ports, nothing, signal)
    const [copy] = await takeMails([delivery('a', 'other')], bench.ports, nothing, signal)

    expect(copy?.outcome).toBe('known')
    expect(await archived()).toBe(2)
    const deliveries = await bench.ports.store.read((reader) =>
      reader.deliveries(toMessageId('a@example.org')),
    )
    expect(deliveries.map(({ source }) => source)).toEqual(['list', 'other'])
  })

  it('quarantines a mail that the store refuses, with the reason, and stores the rest', async () => {
    refuse('message', `new.facts like '%poison%'`)
    const batch = ['a', 'poison', 'b'].map((name) => delivery(name))
    let saved = 0
    async function also(): Promise<void> {
      saved += 1
    }
    const taken = await takeMails(batch, bench.ports, also, signal)

    expect(taken.map(({ outcome }) => outcome)).toEqual(['stored', 'quarantined', 'stored'])
    expect(saved).toBe(1)
    const kept = await bench.ports.store.read((reader) => reader.quarantine(5))
    expect(kept).toMatchObject([{ code: 'STORE_FAULT', location: 'poison' }])
    expect(kept[0]?.message).toContain('refused by the test')
    expect(await count()).toBe(2)
    expect(await recoverArchive(bench.ports, signal)).toBe(0)
    const again = await takeMails(batch, bench.ports, nothing, signal)
    expect(again.map(({ outcome }) => outcome)).toEqual(['known', 'known', 'known'])
    expect(await archived()).toBe(3)
  })

  it('takes a store that fails for what it is, and quarantines nothing', async () => {
    refuse('delivery', 'true')
    await expect(takeMails([delivery('a')], bench.ports, nothing, signal)).rejects.toMatchObject({
      code: 'STORE_FAULT',
    })
    expect(await bench.ports.store.read((reader) => reader.quarantine(5))).toEqual([])
    expect(await archived()).toBe(1)
  })

  it('quarantines what cannot be read, and keeps its bytes', async () => {
    const damaged = { ...delivery('x'), raw: Buffer.from([0, 1, 2, 10]) }

    const [taken] = await takeMails([damaged], bench.ports, nothing, signal)

    const [kept] = await bench.ports.store.read((reader) => reader.quarantine(1))
    const { code, message, location, position } = kept ?? {}
    expect(taken).toEqual({
      outcome: 'quarantined',
      messageId: null,
      thread: null,
      unreadable: { code, message, location, position },
    })
    const entries = kept === undefined ? [] : [kept]
    expect(await bench.ports.archive.rawMails(entries, signal)).toEqual([damaged.raw])
  })

  it('stores nothing when what belongs to it cannot be stored', async () => {
    const refused = takeMails(
      [delivery('a')],
      bench.ports,
      () => Promise.reject(new Error('the cursor')),
      signal,
    )

    await expect(refused).rejects.toThrow('the cursor')
    expect(await count()).toBe(0)
    expect(await archived()).toBe(1)
  })
})

describe('recoverArchive', () => {
  it('stores what was archived by a process that died before it stored it', async () => {
    await takeMails([delivery('a')], bench.ports, nothing, signal)
    await bench.ports.archive.append([delivery('b'), delivery('c')], signal)

    expect(await recoverArchive(bench.ports, signal)).toBe(2)
    expect(await recoverArchive(bench.ports, signal)).toBe(0)

    const taken = await takeMails([delivery('b')], bench.ports, nothing, signal)
    expect(taken.map(({ outcome }) => outcome)).toEqual(['known'])
    expect(await count()).toBe(3)
    expect(await archived()).toBe(3)
  })

  it('leaves no gap when another process appended in between', async () => {
    await bench.ports.archive.append([delivery('theirs')], signal)
    await takeMails([delivery('ours')], bench.ports, nothing, signal)

    await recoverArchive(bench.ports, signal)

    expect(await count()).toBe(2)
    expect(await bench.ports.store.read((reader) => reader.archiveTip())).toBe(
      await bench.ports.archive.tip(),
    )
  })
})
