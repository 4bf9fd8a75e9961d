import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  readDespiteDamage,
  readMailCollection,
} from '../../../src/mail/collection/read-collection.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const separator = 'From ann@example.org Thu Jan  1 00:00:00 1970\n'

function mail(number: number): string {
  return `From: Ann <ann@example.org>\nSubject: mail ${number}\nMessage-ID: <${number}@example.org>\n\nText ${number}.\n`
}

async function* bytesOf(...texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    yield Buffer.from(text)
  }
}

/** What is read, in short: `location number` of mails, `location code` of the rest. */
async function read(
  root: string,
  names: readonly string[],
  stdin: AsyncIterable<Uint8Array> = bytesOf(),
  reader: typeof readMailCollection = readMailCollection,
): Promise<readonly string[]> {
  const paths = names.map((name) => (name === '-' ? name : path.join(root, name)))
  const found: string[] = []
  const signal = new AbortController().signal
  for await (const item of reader(paths, stdin, signal)) {
    const what =
      item.outcome === 'mail'
        ? (/mail (\d+)/.exec(Buffer.from(item.raw).toString())?.[1] ?? '?')
        : item.reason.code
    found.push(`${item.location.replace(`${root}/`, '')} ${what}`)
  }
  return found
}

function write(root: string, name: string, content: string | Uint8Array): void {
  const file = path.join(root, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, content)
}

describe('readMailCollection', () => {
  it('reads an mbox, with the offset of each mail', async () => {
    const root = temporaryFolder()
    write(root, 'box', `${separator}${mail(1)}\n${separator}${mail(2)}`)
    expect(await read(root, ['box'])).toEqual(['box:0 1', 'box:128 2'])
  })

  it('reads a single mail, whatever its name', async () => {
    const root = temporaryFolder()
    write(root, 'one.eml', mail(1))
    expect(await read(root, ['one.eml'])).toEqual(['one.eml 1'])
  })

  it('reads a named file that is no mail, so that someone hears of it', async () => {
    const root = temporaryFolder()
    write(root, 'notes.txt', 'Hello\n')
    expect(await read(root, ['notes.txt'])).toEqual(['notes.txt ?'])
  })

  it('reads new and cur of a Maildir, not tmp', async () => {
    const root = temporaryFolder()
    write(root, 'md/new/10.x', mail(3))
    write(root, 'md/cur/9.x:2,S', mail(1))
    write(root, 'md/cur/10.x:2,S', mail(2))
    write(root, 'md/tmp/1.x', mail(9))
    write(root, 'md/dovecot.index', Buffer.from([1, 2, 3]))
    write(root, 'md/.Sent/cur/1.x', mail(4))
    expect(await read(root, ['md'])).toEqual([
      'md/.Sent/cur/1.x 4',
      'md/cur/9.x:2,S 1',
      'md/cur/10.x:2,S 2',
      'md/new/10.x 3',
    ])
  })

  it('reads a folder of anything, and passes over what is no mail', async () => {
    const root = temporaryFolder()
    write(root, 'f/a/b/2.eml', mail(2))
    write(root, 'f/a/10.eml', mail(1))
    write(root, 'f/box.gz', gzipSync(`${separator}${mail(3)}\n${separator}${mail(4)}`))
    write(root, 'f/0001-x.patch', `From ${'0'.repeat(40)} Mon Sep 17 00:00:00 2001\n${mail(5)}`)
    write(root, 'f/odd.mbox', `From nobody\n${mail(6)}`)
    write(root, 'f/README.md', '# Real mail\n')
    write(root, 'f/expected.json', '[{"from": 1}]')
    write(root, 'f/data.yml', 'date: 2020\nname: x\n')
    write(root, 'f/image', Buffer.alloc(5000, 3))
    write(root, 'f/empty', '')
    symlinkSync('missing', path.join(root, 'f/broken'))
    symlinkSync('..', path.join(root, 'f/loop'))
    symlinkSync('a/10.eml', path.join(root, 'f/same'))
    execFileSync('mkfifo', [path.join(root, 'f/pipe')])
    expect(await read(root, ['f'])).toEqual([
      'f/0001-x.patch:0 5',
      'f/a/10.eml 1',
      'f/a/b/2.eml 2',
      'f/box.gz:0 3',
      'f/box.gz:128 4',
      'f/odd.mbox:0 6',
      'f/same 1',
    ])
  })

  it('reads several paths and standard input as one, packed or not', async () => {
    const root = temporaryFolder()
    write(root, 'a.eml.gz', gzipSync(mail(1)))
    write(root, 'empty', '')
    const packed = gzipSync(`${separator}${mail(2)}`)
    const stdin = bytesOf(packed.subarray(0, 1), packed.subarray(1, 30), packed.subarray(30))
    expect(await read(root, ['a.eml.gz', '-', 'empty'], stdin)).toEqual(['a.eml.gz 1', '-:0 2'])
  })

  it('takes the quoting of an mboxrd away', async () => {
    const root = temporaryFolder()
    write(root, 'x.mboxrd', `${separator}${mail(1)}>From here\n`)
    const signal = new AbortController().signal
    for await (const item of readMailCollection([path.join(root, 'x.mboxrd')], bytesOf(), signal)) {
      expect(item).toMatchObject({
        outcome: 'mail',
        raw: new TextEncoder().encode(`${mail(1)}From here\n`),
      })
    }
  })

  it('says what cannot be read in a folder, and reads on', async () => {
    const root = temporaryFolder()
    write(root, 'f/a.gz', gzipSync(mail(1).repeat(100)).subarray(0, 60))
    write(root, 'f/b.eml', mail(2))
    expect(await read(root, ['f'])).toEqual(['f/a.gz MAIL_PATH_GZIP', 'f/b.eml 2'])
  })

  it('throws for a named path that is not there, before anything is read', async () => {
    const root = temporaryFolder()
    write(root, 'a.eml', mail(1))
    const reading = readMailCollection(
      [path.join(root, 'a.eml'), path.join(root, 'missing')],
      bytesOf(),
      new AbortController().signal,
    )
    await expect(reading.next()).rejects.toMatchObject({
      code: 'MAIL_PATH_MISSING',
      retry: 'after-human',
      details: { path: path.join(root, 'missing') },
    })
  })

  it('throws for a damaged gzip file that was named', async () => {
    const root = temporaryFolder()
    write(root, 'a.gz', gzipSync(mail(1).repeat(100)).subarray(0, 60))
    await expect(read(root, ['a.gz'])).rejects.toMatchObject({ code: 'MAIL_PATH_GZIP' })
  })

  it('throws for a named path that leads nowhere', async () => {
    const root = temporaryFolder()
    symlinkSync('circle', path.join(root, 'circle'))
    await expect(read(root, ['circle'])).rejects.toMatchObject({ code: 'MAIL_PATH_UNREADABLE' })
  })

  it('stops when aborted', async () => {
    const root = temporaryFolder()
    write(root, 'a.eml', mail(1))
    const controller = new AbortController()
    controller.abort(new Error('enough'))
    const reading = readMailCollection([path.join(root, 'a.eml')], bytesOf(), controller.signal)
    await expect(reading.next()).rejects.toThrow('enough')
  })
})

describe('readDespiteDamage', () => {
  /** As hard to pack as the text of a mailbox of so many mails, more than unpacking holds back at damage. */
  const box = Array.from({ length: 500 }, (_, n) => `${separator}${mail(n)}${noise(n)}\n`).join('')

  function noise(number: number): string {
    return createHash('sha256').update(`${number}`).digest('hex')
  }

  const packed = gzipSync(box)
  const damages: readonly (readonly [string, Buffer])[] = [
    ['cut off', packed.subarray(0, packed.length - 9000)],
    ['cut off in its second member', Buffer.concat([packed, packed.subarray(0, 5000)])],
    ['damaged', Buffer.concat([packed.subarray(0, -9000), Buffer.alloc(200, 0xff)])],
  ]

  it.each(damages)(
    'gives the mails of a packed file before it is %s, says so, and reads on',
    async (_, bytes) => {
      const root = temporaryFolder()
      write(root, 'a.gz', bytes)
      write(root, 'b.eml', mail(9000))

      const found = await read(root, ['a.gz', 'b.eml'], bytesOf(), readDespiteDamage)

      const numbers = found.slice(0, -2).map((line) => Number(line.split(' ')[1]))
      expect(numbers.length).toBeGreaterThan(100)
      expect(numbers).toEqual(numbers.map((__, index) => index % 500))
      expect(found.slice(-2)).toEqual(['a.gz MAIL_PATH_GZIP', 'b.eml 9000'])
    },
  )

  it('says what is wrong with standard input', async () => {
    const root = temporaryFolder()
    const stdin = bytesOf(packed.subarray(0, -9000))
    const found = await read(root, ['-'], stdin, readDespiteDamage)
    expect(found.at(-1)).toBe('- MAIL_PATH_GZIP')
  })

  it('says that a named git repository is no public-inbox, and reads on', async () => {
    const root = temporaryFolder()
    execFileSync('git', ['init', '-q', '--bare', path.join(root, 'a.git')])
    write(root, 'b.eml', mail(2))
    expect(await read(root, ['a.git', 'b.eml'], bytesOf(), readDespiteDamage)).toEqual([
      'a.git MAIL_PATH_NO_MAIL',
      'b.eml 2',
    ])
  })

  it('throws for a named path that is not there, before anything is read', async () => {
    const root = temporaryFolder()
    write(root, 'a.eml', mail(1))
    await expect(
      read(root, ['a.eml', 'missing'], bytesOf(), readDespiteDamage),
    ).rejects.toMatchObject({ code: 'MAIL_PATH_MISSING' })
  })
})
