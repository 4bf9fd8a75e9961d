import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ArchivedDelivery, ArchiveEntry } from '../../src/core/delivery.ts'
import { toSha } from '../../src/core/ids.ts'
import type { Archive } from '../../src/mail/archive.ts'
import { deliveryOf } from '../support/delivery-of.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const { signal } = new AbortController()

export type OpenArchive = (directory: string) => Promise<Archive>

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    ' ',
    '%0A',
    'a\nSilent: yes\n',
    '\r\n\0',
    'x\u2028y',
    '100% sure',
    'tab\there ',
  ),
)

/** Bytes that may or may not look like a mail. */
const anyRaw = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .record({ subject: anyText, from: anyText, date: anyText, body: fc.uint8Array() })
    .map(({ subject, from, date, body }) =>
      Buffer.concat([Buffer.from(`From: ${from}\nSubject: ${subject}\nDate: ${date}\n\n`), body]),
    ),
)

const anyDelivery: fc.Arbitrary<ArchivedDelivery> = fc.record({
  raw: anyRaw,
  source: anyText,
  location: anyText,
  arrivedAt: fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }),
  isSilent: fc.boolean(),
})

interface Read {
  readonly entry: ArchiveEntry
  readonly delivery: ArchivedDelivery
}

export async function readAll(
  archive: Archive,
  since: string | null = null,
): Promise<readonly Read[]> {
  const found: Read[] = []
  for await (const each of archive.read(since, signal)) {
    found.push(each)
  }
  return found
}

/** What every Archive must do. `open` may be called several times on one folder. */
export function describeArchiveContract(name: string, open: OpenArchive): void {
  describe(`${name} keeps the archive contract`, () => {
    async function openIn(directory: string): Promise<Archive> {
      const archive = await open(directory)
      onTestFinished(() => archive.close())
      return archive
    }
    async function openNew(): Promise<Archive> {
      return openIn(path.join(temporaryFolder(), 'archive'))
    }

    it('is empty at first', async () => {
      const archive = await openNew()

      expect(await archive.tip()).toBeNull()
      expect(await readAll(archive)).toEqual([])
      expect(await archive.append([], signal)).toEqual({ before: null, entries: [] })
      expect(await archive.rawMails([], signal)).toEqual([])
    })

    it('says where each mail lies and what was there before', async () => {
      const archive = await openNew()
      const first = await archive.append([deliveryOf('1'), deliveryOf('2')], signal)
      const second = await archive.append([deliveryOf('3')], signal)

      expect(first.before).toBeNull()
      expect(second.before).toBe(first.entries[1]?.position)
      expect(await archive.tip()).toBe(second.entries[0]?.position)
      expect((await readAll(archive)).map(({ entry }) => entry)).toEqual([
        ...first.entries,
        ...second.entries,
      ])
    })

    it('gives back every delivery as it was: any bytes, any names, times in milliseconds', async () => {
      const archive = await openNew()
      await fc.assert(
        fc.asyncProperty(fc.array(anyDelivery, { maxLength: 8 }), async (deliveries) => {
          const since = await archive.tip()
          const { before, entries } = await archive.append(deliveries, signal)
          const read = await readAll(archive, since)

          expect(before).toBe(since)
          expect(read).toEqual(
            deliveries.map((each, index) => ({
              entry: entries[index],
              delivery: { ...each, raw: Buffer.from(each.raw) },
            })),
          )
          expect(entries.map((entry) => entry.blob)).toEqual(
            deliveries.map((each) => archive.blobOf(each.raw)),
          )
        }),
        { numRuns: 40 },
      )
    })

    it('keeps 5 MB', async () => {
      const archive = await openNew()
      const raw = Buffer.alloc(5_000_000, 'Subject: NUL \0, 8-bit \xff and CRLF\r\n', 'latin1')
      const { entries } = await archive.append([deliveryOf(raw)], signal)

      const [read] = await archive.rawMails(entries, signal)
      expect(Buffer.compare(read ?? Buffer.of(), raw)).toBe(0)
    })

    it('reads on after a position', async () => {
      const archive = await openNew()
      const mails = Array.from({ length: 60 }, (_, index) => `mail ${index}`)
      const { entries } = await archive.append(
        mails.map((mail) => deliveryOf(mail)),
        signal,
      )

      for (const at of [0, 24, 25, 58, 59]) {
        const read = await readAll(archive, entries[at]?.position)
        expect(read.map(({ delivery }) => delivery.raw.toString())).toEqual(mails.slice(at + 1))
      }
    })

    it('keeps the same mail as often as it arrives, under one blob', async () => {
      const archive = await openNew()
      const { entries } = await archive.append(
        [deliveryOf('same', { source: 'a' }), deliveryOf('same', { source: 'b' })],
        signal,
      )
      const again = await archive.append([deliveryOf('same', { source: 'b' })], signal)

      const blobs = [...entries, ...again.entries].map((entry) => entry.blob)
      expect(new Set(blobs)).toEqual(new Set([archive.blobOf(Buffer.from('same'))]))
      expect((await readAll(archive)).map(({ delivery }) => delivery.source)).toEqual([
        'a',
        'b',
        'b',
      ])
    })

    it('gives raw mails in the order asked for', async () => {
      const archive = await openNew()
      const { entries } = await archive.append(
        ['1', '2', '3'].map((each) => deliveryOf(each)),
        signal,
      )
      const wanted = [2, 0, 1, 0].map((at) => entries[at]).filter((entry) => entry !== undefined)

      const mails = await archive.rawMails(wanted, signal)
      expect(mails.map((mail) => Buffer.from(mail).toString())).toEqual(['3', '1', '2', '1'])
    })

    it('names what is missing, and reads on afterwards', async () => {
      const archive = await openNew()
      const { entries } = await archive.append([deliveryOf('here')], signal)
      const [here] = entries
      const blob = archive.blobOf(Buffer.from('never archived'))
      const position = here?.position ?? ''

      for (const absent of [
        { position, blob },
        { position: `7:${toSha('1'.repeat(40))}`, blob },
      ]) {
        await expect(archive.rawMails([absent], signal)).rejects.toMatchObject({
          code: 'MAIL_ARCHIVE_MISSING',
        })
      }
      expect(await archive.rawMails(entries, signal)).toHaveLength(1)
    })

    it('loses nothing when two append at once, and each learns what came between', async () => {
      const directory = path.join(temporaryFolder(), 'archive')
      const archives = [await openIn(directory), await openIn(directory)] as const
      const mails = Array.from({ length: 30 }, (_, index) => `mail ${index}`)
      const results = await Promise.all(
        mails.map((mail, index) =>
          (index % 2 === 0 ? archives[0] : archives[1]).append([deliveryOf(mail)], signal),
        ),
      )

      const read = await readAll(archives[0])
      expect(read.map(({ delivery }) => delivery.raw.toString()).toSorted()).toEqual(
        mails.toSorted(),
      )
      const positions = [null, ...read.map(({ entry }) => entry.position)]
      for (const { before, entries } of results) {
        expect(positions.indexOf(before)).toBe(positions.indexOf(entries[0]?.position ?? '') - 1)
      }
    })

    it('finds everything again when opened another time', async () => {
      const directory = path.join(temporaryFolder(), 'archive')
      const archive = await openIn(directory)
      await archive.append([deliveryOf('1'), deliveryOf('2')], signal)
      const before = await readAll(archive)
      await archive.close()

      expect(await readAll(await openIn(directory))).toEqual(before)
    })

    it('appends nothing when it is told to stop', async () => {
      const archive = await openNew()
      const stopped = AbortSignal.abort(new Error('stopped'))

      await expect(archive.append([deliveryOf('1')], stopped)).rejects.toThrow('stopped')
      expect(await archive.tip()).toBeNull()
    })
  })
}
