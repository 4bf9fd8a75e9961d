import { appendFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { MailSource } from '../../../src/mail/mail-source.ts'
import { folderSource } from '../../../src/mail/source/folder.ts'
import { describeMailSourceContract } from '../../contract/mail-source-contract.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { faultOf, take, textsOf } from '../../support/take-mail.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const { signal } = new AbortController()
const hourMs = 3_600_000
const separator = 'From mallory@example.org Fri Feb  2 10:00:00 2024\n'

function open(directory: string, quietMs = 0, log = memoryLog()): MailSource {
  const source = folderSource({
    name: 'list',
    directory,
    pollMs: hourMs,
    quietMs,
    log: log.logger,
  })
  onTestFinished(() => source.close())
  return source
}

function mail(subject: string): string {
  return `Subject: ${subject}\n\nText of ${subject}\n`
}

function mbox(...subjects: readonly string[]): string {
  return subjects.map((subject) => `${separator}${mail(subject)}\n`).join('')
}

function trimmed(texts: readonly string[]): readonly string[] {
  return texts.map((text) => `${text.trimEnd()}\n`)
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** How files of mail may look, by ending. */
const kinds: readonly (readonly [string, (text: string) => Buffer])[] = [
  ['.eml', latin1],
  ['.mbox', (text) => Buffer.from(`${separator}${text}\n`, 'latin1')],
  ['.eml.gz', (text) => gzipSync(Buffer.from(text, 'latin1'))],
  [
    '.mboxrd.gz',
    (text) =>
      gzipSync(Buffer.from(`${separator}${text.replaceAll(/^>*From /gm, '>$&')}\n`, 'latin1')),
  ],
]

describeMailSourceContract('a folder of single mails, mboxes and gzip files', async () => {
  const directory = temporaryFolder()
  mkdirSync(path.join(directory, 'later'))
  let count = 0
  return {
    spec: { kind: 'folder', directory },
    async deliver(mails) {
      for (const text of mails) {
        const [ending, pack] = kinds[count % kinds.length] ?? ['.eml', latin1]
        count += 1
        const folder = text.includes('later') ? 'later' : ''
        writeFileSync(path.join(directory, folder, `${count}${ending}`), pack(text))
      }
    },
    async poison() {
      symlinkSync('/nowhere', path.join(directory, 'lost'))
      writeFileSync(path.join(directory, 'cut.eml.gz'), gzipSync('Subject: cut\n').subarray(0, 12))
      writeFileSync(path.join(directory, '.part'), 'Subject: hidden\n')
    },
  }
})

describe('a folder of files with mail', () => {
  it('gives the mails of an mbox, and moves it when the last is durable', async () => {
    const directory = temporaryFolder()
    mkdirSync(path.join(directory, 'old'))
    writeFileSync(path.join(directory, 'old', 'a.mbox'), mbox('1', '2', '3'))
    const source = open(directory)
    const taken = await take(source)
    await source.settle(taken[1]?.cursor ?? '', signal)
    expect(readdirSync(path.join(directory, 'old'))).toEqual(['a.mbox'])

    await source.settle(taken[2]?.cursor ?? '', signal)
    expect(readdirSync(path.join(directory, 'old'))).toEqual([])
    expect(readdirSync(path.join(directory, 'done', 'old'))).toEqual(['a.mbox'])
    expect(trimmed(textsOf(taken))).toEqual([mail('1'), mail('2'), mail('3')])
    expect(taken[1]?.location).toMatch(/old\/a\.mbox:\d+$/)
  })

  it('overwrites nothing that is done with', async () => {
    const directory = temporaryFolder()
    const source = open(directory)
    for (const number of ['1', '2', '3']) {
      writeFileSync(path.join(directory, 'a.eml'), mail(number))
      const [only] = await take(source)
      await source.settle(only?.cursor ?? '', signal)
    }

    expect(readdirSync(path.join(directory, 'done'))).toEqual(['a.eml', 'a.eml.1', 'a.eml.2'])
  })

  it('leaves a file that is still written, and then takes it whole', async () => {
    const directory = temporaryFolder()
    writeFileSync(path.join(directory, 'a.mbox'), mbox('1'))
    const source = open(directory, 300)
    expect(await take(source)).toEqual([])

    appendFileSync(path.join(directory, 'a.mbox'), mbox('2'))
    let taken = await take(source)
    while (taken.length === 0) {
      await source.wait(signal)
      taken = await take(source)
    }
    expect(trimmed(textsOf(taken))).toEqual([mail('1'), mail('2')])
  })

  it('names an empty file once, gives it for the quarantine, and leaves it to whoever writes it', async () => {
    const directory = temporaryFolder()
    const file = path.join(directory, 'a.eml')
    writeFileSync(file, '')
    const log = memoryLog()
    const source = open(directory, 0, log)
    const [empty, ...others] = await take(source)
    expect([empty?.raw.byteLength, empty?.location, others]).toEqual([0, 'a.eml', []])
    await source.settle(empty?.cursor ?? '', signal)
    expect(await take(source, empty?.cursor)).toEqual([])
    expect(log.lines).toMatchObject([{ file: 'a.eml', reason: 'it is empty' }])

    writeFileSync(file, mail('1'))
    const [filled] = await take(source, empty?.cursor)
    await source.settle(filled?.cursor ?? '', signal)
    expect(textsOf(filled === undefined ? [] : [filled])).toEqual([mail('1')])
    expect(readdirSync(directory)).toEqual(['done'])
  })

  it('gives what was added to a file before it could be moved', async () => {
    const directory = temporaryFolder()
    const file = path.join(directory, 'a.mbox')
    writeFileSync(file, mbox('1', '2'))
    const source = open(directory)
    const taken = await take(source)
    appendFileSync(file, mbox('3'))
    await source.settle(taken.at(-1)?.cursor ?? '', signal)

    expect(readdirSync(directory)).toEqual(['a.mbox'])
    expect(trimmed(textsOf(await take(source, taken.at(-1)?.cursor)))).toEqual([mail('3')])
  })

  it('gives what a damaged file holds before the damage, once, and the rest when it is put right', async () => {
    const directory = temporaryFolder()
    const file = path.join(directory, 'a.mbox.gz')
    const lines = Array.from({ length: 3000 }, (_, index) => `${index} ${Math.random()}\n`).join('')
    const whole = gzipSync(`${mbox('1')}${separator}Subject: 2\n\n${lines}\n${mbox('3')}`)
    writeFileSync(file, whole.subarray(0, whole.length / 2))
    writeFileSync(path.join(directory, 'b.eml'), mail('other'))
    const log = memoryLog()
    const source = open(directory, 0, log)
    const taken = await take(source)
    const subjects = textsOf(taken).map((text) => text.split('\n')[0])
    const cursor = taken.at(-1)?.cursor ?? ''
    await source.settle(cursor, signal)
    expect(subjects).toContain('Subject: 1')
    expect(subjects.at(-1)).toBe('Subject: other')
    expect(subjects).not.toContain('Subject: 3')
    expect(await take(source, cursor)).toEqual([])
    expect(log.text().match(/cannot be read to its end/g)).toHaveLength(1)

    writeFileSync(file, whole)
    const rest = await take(source, cursor)
    expect(textsOf(rest).map((text) => text.split('\n')[0])).toContain('Subject: 3')
    expect(textsOf(rest).map((text) => text.split('\n')[0])).not.toContain('Subject: 1')
  })

  it('reads on past a file that cannot be moved, and says so at the end', async () => {
    const directory = temporaryFolder()
    writeFileSync(path.join(directory, 'a.eml'), mail('1'))
    const source = open(directory)
    const [first] = await take(source)
    // Something else is where files would go.
    writeFileSync(path.join(directory, 'done'), '')
    writeFileSync(path.join(directory, 'b.eml'), mail('2'))
    const taken: string[] = []
    const fault = await faultOf(
      (async () => {
        for await (const delivery of source.read(first?.cursor ?? null, signal)) {
          taken.push(Buffer.from(delivery.raw).toString())
        }
      })(),
    )

    expect(taken).toEqual([mail('2')])
    expect(fault).toMatchObject({ code: 'MAIL_SOURCE_STUCK', retry: 'later' })
  })

  it('says when it is not there', async () => {
    const fault = await faultOf(take(open(path.join(temporaryFolder(), 'nowhere'))))

    expect(fault).toMatchObject({ code: 'MAIL_SOURCE_MISSING', retry: 'later' })
  })

  it.each(['', 'null', 'maildir a', '{"a.eml":"x"}', '{"a.eml":[0.5]}'])(
    'reads from the beginning after the cursor %j',
    async (cursor) => {
      const directory = temporaryFolder()
      writeFileSync(path.join(directory, 'a.eml'), mail('1'))

      expect(textsOf(await take(open(directory), cursor))).toEqual([mail('1')])
    },
  )
})
