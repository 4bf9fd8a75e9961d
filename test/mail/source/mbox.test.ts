import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Delivery } from '../../../src/core/delivery.ts'
import type { MailSource } from '../../../src/mail/mail-source.ts'
import { mboxSource } from '../../../src/mail/source/mbox.ts'
import { describeMailSourceContract } from '../../contract/mail-source-contract.ts'
import { memoryLogger } from '../../support/memory-log.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const { signal } = new AbortController()
const hourMs = 3_600_000
const separator = 'From mallory@example.org Fri Feb  2 10:00:00 2024\n'

function newFile(text = ''): string {
  const file = path.join(temporaryFolder(), 'list.mbox')
  writeFileSync(file, Buffer.from(text, 'latin1'))
  return file
}

function open(file: string, quietMs = 0): MailSource {
  const source = mboxSource({ name: 'list', file, pollMs: hourMs, quietMs, log: memoryLogger() })
  onTestFinished(() => source.close())
  return source
}

async function take(source: MailSource, since: string | null = null): Promise<readonly Delivery[]> {
  const taken: Delivery[] = []
  for await (const delivery of source.read(since, signal)) {
    taken.push(delivery)
  }
  return taken
}

function textsOf(deliveries: readonly Delivery[]): readonly string[] {
  return deliveries.map((each) => Buffer.from(each.raw).toString('latin1'))
}

function entry(text: string): string {
  return `${separator}Subject: ${text}\n\nBody of ${text}\n\n`
}

function rawOf(text: string): string {
  return entry(text).slice(separator.length)
}

function setAge(file: string, ageMs: number): void {
  const time = new Date(Date.now() - ageMs)
  utimesSync(file, time, time)
}

describeMailSourceContract('an mbox file', async () => {
  const file = newFile()
  return {
    spec: { kind: 'mbox', file },
    async deliver(mails) {
      for (const mail of mails) {
        appendFileSync(file, Buffer.from(`${separator}${mail}\n`, 'latin1'))
      }
    },
    poison: null,
  }
})

describe('an mbox file', () => {
  it('gives file and offset of each mail', async () => {
    const file = newFile(entry('1') + entry('2'))

    expect((await take(open(file))).map((each) => each.location)).toEqual([
      `${file}:0`,
      `${file}:${entry('1').length}`,
    ])
  })

  it.each([
    ['list.mbox', separator, '>From the start\n>>From here\n'],
    ['list.mboxrd', separator, 'From the start\n>From here\n'],
    ['list.mbox', 'From mboxrd@z Thu Jan  1 00:00:00 1970\n', 'From the start\n>From here\n'],
  ])(
    'takes the quoting of an mboxrd away, and of nothing else: %s, %j',
    async (name, first, body) => {
      const file = path.join(temporaryFolder(), name)
      writeFileSync(file, `${first}Subject: 1\n\n>From the start\n>>From here\n`)

      expect(textsOf(await take(open(file)))).toEqual([`Subject: 1\n\n${body}`])
    },
  )

  it('leaves the last mail until the file has rested, and then takes it whole', async () => {
    const file = newFile(entry('1') + entry('2').slice(0, -10))
    const source = open(file, 60_000)
    const first = await take(source)

    expect(textsOf(first)).toEqual([rawOf('1')])
    appendFileSync(file, entry('2').slice(-10))
    expect(await take(source, first[0]?.cursor)).toEqual([])
    setAge(file, 61_000)
    expect(textsOf(await take(source, first[0]?.cursor))).toEqual([rawOf('2')])
  })

  it('takes a mail at once when another follows it', async () => {
    const file = newFile(entry('1'))
    const source = open(file, 60_000)

    expect(await take(source)).toEqual([])
    appendFileSync(file, entry('2'))
    expect(textsOf(await take(source))).toEqual([rawOf('1')])
  })

  it('waits as long as the file has to rest when its last mail may not be whole', async () => {
    const file = newFile(entry('1'))
    const source = open(file, 80)
    const startedAt = performance.now()
    let taken = await take(source)
    while (taken.length === 0) {
      await source.wait(signal)
      taken = await take(source)
    }

    expect(textsOf(taken)).toEqual([rawOf('1')])
    expect(performance.now() - startedAt).toBeGreaterThan(70)
  })

  it('takes the last mail of a file from the future when it has seen it rest', async () => {
    const file = newFile(entry('1'))
    setAge(file, -hourMs)
    const source = open(file, 50)

    expect(await take(source)).toEqual([])
    await source.wait(signal)
    expect(textsOf(await take(source))).toEqual([rawOf('1')])
  })

  it('gives a mail again, whole, when it grew after it was taken', async () => {
    const file = newFile(entry('1') + entry('2').slice(0, -10))
    const source = open(file)
    const taken = await take(source)
    appendFileSync(file, entry('2').slice(-10) + entry('3'))

    expect(textsOf(await take(source, taken[1]?.cursor))).toEqual([rawOf('2'), rawOf('3')])
  })

  it.each(['F', 'From', 'From mallory@example.org Fri Feb'])(
    'waits for the end of a line that begins with %j after a mail that was taken',
    async (part) => {
      const file = newFile(entry('1'))
      const source = open(file, 60_000)
      setAge(file, 61_000)
      const [first] = await take(source)
      appendFileSync(file, part)

      expect(await take(source, first?.cursor)).toEqual([])
      appendFileSync(file, entry('2').slice(part.length) + entry('3'))
      expect(textsOf(await take(source, first?.cursor))).toEqual([rawOf('2')])
    },
  )

  it.each([
    ['was cut off', (file: string) => truncateSync(file, entry('1').length)],
    ['was emptied and grew again', (file: string) => writeFileSync(file, entry('1'))],
    [
      'was rewritten',
      (file: string) => writeFileSync(file, `${entry('1')}${entry('x')}${entry('y')}`),
    ],
    [
      'was replaced',
      (file: string) => {
        writeFileSync(`${file}.new`, `${entry('1')}${entry('x')}${entry('y')}`)
        renameSync(`${file}.new`, file)
      },
    ],
  ])('is read from its beginning when it %s while nobody looked', async (_, change) => {
    const file = newFile(entry('1') + entry('2'))
    const taken = await take(open(file))
    change(file)
    const again = textsOf(await take(open(file), taken[1]?.cursor))

    expect(again[0]).toBe(rawOf('1'))
    expect(again.join('')).toBe(readFileSync(file, 'latin1').replaceAll(separator, ''))
  })

  it('is read to its end when it is renamed, then the new one from its beginning', async () => {
    const file = newFile(entry('1'))
    const source = open(file)
    let [last] = await take(source)
    appendFileSync(file, entry('2'))
    renameSync(file, `${file}.1`)
    writeFileSync(file, entry('3'))
    const texts: string[] = []
    for (let round = 0; round < 3; round += 1) {
      const taken = await take(source, last?.cursor)
      texts.push(...textsOf(taken))
      last = taken.at(-1) ?? last
      await (round < 2 ? source.wait(signal) : null)
      appendFileSync(round === 0 ? `${file}.1` : file, round === 0 ? entry('late') : '')
    }

    expect(texts).toEqual([rawOf('2'), rawOf('late'), rawOf('3')])
  })

  it('gives again what was lost of a renamed file before it was durable', async () => {
    const file = newFile(entry('1'))
    const source = open(file)
    const [first] = await take(source)
    appendFileSync(file, entry('2'))
    renameSync(file, `${file}.1`)
    writeFileSync(file, entry('3'))

    expect(textsOf(await take(source, first?.cursor))).toEqual([rawOf('2')])
    expect(textsOf(await take(source, first?.cursor))).toEqual([rawOf('2')])
  })

  it('goes on when it was copied back unchanged', async () => {
    const file = newFile(entry('1') + entry('2'))
    const taken = await take(open(file))
    copyFileSync(file, `${file}.copy`)
    renameSync(`${file}.copy`, file)
    appendFileSync(file, entry('3'))

    expect(textsOf(await take(open(file), taken[1]?.cursor))).toEqual([rawOf('3')])
  })

  it('takes the cursor of another kind of source for none', async () => {
    const file = newFile(entry('1'))

    expect(textsOf(await take(open(file), 'maildir 1.a.host'))).toEqual([rawOf('1')])
  })

  it('says when it is not there, and goes on when it is back', async () => {
    const file = newFile(entry('1'))
    const source = open(file)
    const [first] = await take(source)
    renameSync(file, `${file}.away`)
    const missing = { code: 'MAIL_SOURCE_MISSING', retry: 'later' }

    await expect(take(open(file))).rejects.toMatchObject(missing)
    await expect(take(source, first?.cursor)).rejects.toMatchObject(missing)
    renameSync(`${file}.away`, file)
    appendFileSync(file, entry('2'))
    expect(textsOf(await take(source, first?.cursor))).toEqual([rawOf('2')])
  })

  it('says when a folder is in its place', async () => {
    await expect(take(open(temporaryFolder()))).rejects.toMatchObject({
      code: 'MAIL_SOURCE_UNREADABLE',
    })
  })
})
