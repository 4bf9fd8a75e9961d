import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Cursor, Delivery } from '../../src/core/delivery.ts'
import type { MailSource } from '../../src/mail/mail-source.ts'
import { openSource, type SourceSpec } from '../support/source-spec.ts'
import { recordedMails, takeInProcess } from '../support/taking-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const { signal } = new AbortController()
const hourMs = 3_600_000

/** One place that mail arrives at, and the source that reads it. */
export interface MailSourceHarness {
  /** The source on this place, opened here and, to be killed, in processes of its own. */
  readonly spec: SourceSpec
  /** Mails arrive, one after the other, each ending in a newline. */
  deliver(mails: readonly string[]): Promise<void>
  /** Something arrives that cannot be read as mail at all; null where there is no such thing. */
  readonly poison: (() => Promise<void>) | null
  /** What the place itself makes of a mail before anybody can read it; nothing if absent. */
  readonly asKept?: (mail: string) => string
}

function mail(text: string): string {
  return `From: a@example.org\nSubject: ${text}\n\nBody of ${text}\n`
}

function mails(count: number, prefix = 'mail'): readonly string[] {
  return Array.from({ length: count }, (_, index) => mail(`${prefix} ${index}`))
}

/** Without the blank lines that a mailbox puts between mails. */
function textOf(delivery: Delivery): string {
  return `${Buffer.from(delivery.raw).toString('latin1').trimEnd()}\n`
}

async function take(
  source: MailSource,
  since: Cursor | null,
  count = Number.POSITIVE_INFINITY,
): Promise<readonly Delivery[]> {
  const taken: Delivery[] = []
  if (count === 0) {
    return taken
  }
  for await (const delivery of source.read(since, signal)) {
    taken.push(delivery)
    if (taken.length >= count) {
      break
    }
  }
  return taken
}

/** What a worker does with a source, and what may become of it. */
type Step =
  | { readonly act: 'deliver'; readonly count: number }
  /** Reads so many, makes them durable with their cursor, and may die before or after it settles. */
  | { readonly act: 'take'; readonly count: number; readonly settles: boolean }
  /** Reads so many and dies before anything is durable. */
  | { readonly act: 'lose'; readonly count: number }
  | { readonly act: 'restart' }

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ act: fc.constant('deliver' as const), count: fc.nat({ max: 4 }) }),
  fc.record({
    act: fc.constant('take' as const),
    count: fc.integer({ min: 1, max: 5 }),
    settles: fc.boolean(),
  }),
  fc.record({ act: fc.constant('lose' as const), count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ act: fc.constant('restart' as const) }),
)

/** What every MailSource must do. `make` gives a new, empty place. */
export function describeMailSourceContract(
  name: string,
  make: () => Promise<MailSourceHarness>,
  /** How many histories of a worker are tried; fewer where a step starts processes. */
  runs = 25,
): void {
  describe(`${name} keeps the mail source contract`, () => {
    async function openOf(harness: MailSourceHarness, pollMs = hourMs): Promise<MailSource> {
      const source = openSource(harness.spec, pollMs)
      onTestFinished(() => source.close())
      return source
    }

    it('gives nothing where nothing has arrived', async () => {
      const source = await openOf(await make())

      expect(await take(source, null)).toEqual([])
    })

    it('gives all mail in the order of arrival, with a place where a person finds it', async () => {
      const harness = await make()
      const source = await openOf(harness)
      await harness.deliver(mails(12))
      const taken = await take(source, null)

      expect(taken.map(textOf)).toEqual(mails(12))
      expect(new Set(taken.map((each) => each.location)).size).toBe(12)
    })

    it('gives the bytes as they are', async () => {
      const harness = await make()
      const source = await openOf(harness)
      const odd = [
        'Subject: 8-bit \xe4\xff\n\n\x00\x01 NUL and \x7f\n',
        'Subject: CRLF\r\n\r\nbody\r\n',
        'no headers, just text\n',
        '>From quoted\n',
      ]
      await harness.deliver(odd)

      const asKept = harness.asKept ?? ((each: string) => each)
      expect((await take(source, null)).map(textOf)).toEqual(
        odd.map((each) => `${asKept(each).trimEnd()}\n`),
      )
    })

    it('reads on after every cursor, settled or not, after a restart', async () => {
      for (let at = 0; at < 5; at += 1) {
        for (const settles of [true, false]) {
          const harness = await make()
          const source = await openOf(harness)
          await harness.deliver(mails(5))
          const taken = await take(source, null, at + 1)
          const cursor = taken[at]?.cursor ?? ''
          if (settles) {
            await source.settle(cursor, signal)
          }
          await harness.deliver(mails(2, 'later'))
          const rest = await take(await openOf(harness), cursor)

          expect(rest.map(textOf)).toEqual([...mails(5).slice(at + 1), ...mails(2, 'later')])
        }
      }
    })

    it('gives again what was given and not made durable', async () => {
      const harness = await make()
      const source = await openOf(harness)
      await harness.deliver(mails(4))

      expect((await take(source, null, 2)).map(textOf)).toEqual(mails(2))
      expect((await take(source, null)).map(textOf)).toEqual(mails(4))
      expect((await take(await openOf(harness), null)).map(textOf)).toEqual(mails(4))
    })

    it('can be settled batch by batch while it is read', async () => {
      const harness = await make()
      const source = await openOf(harness)
      await harness.deliver(mails(9))
      const taken: string[] = []
      let cursor = ''
      for await (const delivery of source.read(null, signal)) {
        taken.push(textOf(delivery))
        cursor = delivery.cursor
        if (taken.length % 3 === 0) {
          await source.settle(cursor, signal)
          await source.settle(cursor, signal)
        }
      }

      expect(taken).toEqual(mails(9))
      expect(await take(source, cursor)).toEqual([])
      expect(await take(await openOf(harness), cursor)).toEqual([])
    })

    it('gives what arrives while it is read, then or with the next read', async () => {
      const harness = await make()
      const source = await openOf(harness)
      await harness.deliver(mails(2))
      const taken: Delivery[] = []
      for await (const delivery of source.read(null, signal)) {
        taken.push(delivery)
        if (taken.length === 1) {
          await harness.deliver(mails(2, 'later'))
        }
      }
      const rest = await take(source, taken.at(-1)?.cursor ?? null)

      expect([...taken, ...rest].map(textOf)).toEqual([...mails(2), ...mails(2, 'later')])
    })

    it('makes every mail durable once and in order, whenever the worker dies', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { maxLength: 15 }), async (steps) => {
          const harness = await make()
          let source = openSource(harness.spec, hourMs)
          let cursor: Cursor | null = null
          let delivered = 0
          const durable: string[] = []
          async function restart(): Promise<void> {
            await source.close()
            source = openSource(harness.spec, hourMs)
          }
          for (const step of [...steps, { act: 'restart' } as const]) {
            if (step.act === 'deliver') {
              const batch = Array.from({ length: step.count }, () => mail(String(delivered++)))
              await harness.deliver(batch)
            } else if (step.act === 'restart') {
              await restart()
            } else {
              const taken = await take(source, cursor, step.count)
              if (step.act === 'lose') {
                await restart()
                continue
              }
              durable.push(...taken.map(textOf))
              cursor = taken.at(-1)?.cursor ?? cursor
              if (step.settles && cursor !== null) {
                await source.settle(cursor, signal)
              }
            }
          }
          durable.push(...(await take(source, cursor)).map(textOf))
          await source.close()

          expect(durable).toEqual(Array.from({ length: delivered }, (_, at) => mail(String(at))))
        }),
        { numRuns: runs },
      )
    })

    it('makes every mail durable once and in order, though its process is killed by SIGKILL', async () => {
      const harness = await make()
      const record = path.join(temporaryFolder(), 'record')
      await harness.deliver(mails(8))
      await harness.poison?.()
      // When the first batch is durable and not settled, and then before anything more is durable.
      expect(await takeInProcess(harness.spec, record, 4)).toBe('SIGKILL')
      await harness.deliver(mails(4, 'later'))
      expect(await takeInProcess(harness.spec, record, 2)).toBe('SIGKILL')
      expect(await takeInProcess(harness.spec, record)).toBeNull()

      expect(recordedMails(record).map((text) => `${text.trimEnd()}\n`)).toEqual([
        ...mails(8),
        ...mails(4, 'later'),
      ])
    })

    it('waits for mail', async () => {
      const harness = await make()
      const source = await openOf(harness)
      await harness.deliver(mails(1))
      const [first] = await take(source, null)
      await source.settle(first?.cursor ?? '', signal)
      const waiting = source.wait(signal)
      await harness.deliver(mails(1, 'later'))
      await waiting

      const later = await take(source, first?.cursor ?? null)
      expect(later.map(textOf)).toEqual(mails(1, 'later'))
    })

    it('does not wait when mail has come since it was read', async () => {
      const harness = await make()
      const source = await openOf(harness)
      await take(source, null)
      await harness.deliver(mails(1))

      await source.wait(signal)
      expect((await take(source, null)).map(textOf)).toEqual(mails(1))
    })

    it('waits no longer than its poll interval', async () => {
      const source = await openOf(await make(), 20)
      await take(source, null)

      await expect(source.wait(signal)).resolves.toBeUndefined()
    })

    it('stops waiting, and stops reading, when it is told to', async () => {
      const harness = await make()
      const source = await openOf(harness)
      await take(source, null)
      const stop = new AbortController()
      const waiting = source.wait(stop.signal)
      stop.abort(new Error('stopped'))

      await waiting
      await source.wait(stop.signal)
      await harness.deliver(mails(2))
      const taken: Delivery[] = []
      await expect(
        (async () => {
          for await (const delivery of source.read(null, stop.signal)) {
            taken.push(delivery)
          }
        })(),
      ).rejects.toThrow('stopped')
      expect(taken).toEqual([])
    })

    it('lets nothing that cannot be read block the rest', async () => {
      const harness = await make()
      const source = await openOf(harness)
      await harness.deliver(mails(2))
      await harness.poison?.()
      await harness.deliver(mails(2, 'later'))
      const taken = await take(source, null)
      const cursor = taken.at(-1)?.cursor ?? ''
      await source.settle(cursor, signal)

      expect(taken.map(textOf)).toEqual([...mails(2), ...mails(2, 'later')])
      expect(await take(source, cursor)).toEqual([])
      const stop = new AbortController()
      let isWaiting = true
      const waiting = source.wait(stop.signal).then(() => {
        isWaiting = false
      })
      // Long enough for a source that takes the unreadable for new mail to say so.
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(isWaiting).toBe(true)
      stop.abort()
      await waiting
    })
  })
}
