import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSeparator, type MboxMail, splitMbox } from '../../../src/mail/parse/split-mbox.ts'
import { cpuNow } from '../../support/cpu-now.ts'

const separator = 'From ann@example.org Thu Jan  1 00:00:00 1970\n'

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size)
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) {
    all.push(item)
  }
  return all
}

async function split(
  text: string | Uint8Array,
  size = 7,
  format?: 'mbox' | 'mboxrd',
): Promise<readonly MboxMail[]> {
  return collect(splitMbox(chunksOf(Buffer.from(text), size), 0, format))
}

function textOf(mail: MboxMail | undefined): string {
  return Buffer.from(mail?.raw ?? []).toString('latin1')
}

/** What git makes of the same file, carriage returns kept, without the separator lines. */
function gitSplit(bytes: Uint8Array, mboxrd = false): readonly string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-mailsplit-'))
  try {
    const file = path.join(folder, 'in')
    writeFileSync(file, bytes)
    const flags = ['--keep-cr', '-b', ...(mboxrd ? ['--mboxrd'] : [])]
    execFileSync('git', ['mailsplit', ...flags, `-o${folder}`, file], { stdio: 'pipe' })
    return readdirSync(folder)
      .filter((name) => name !== 'in')
      .toSorted()
      .map((name) => readFileSync(path.join(folder, name), 'latin1'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('splitMbox', () => {
  it('yields nothing for an empty file and for white space', async () => {
    expect(await split('')).toEqual([])
    expect(await split(' \n\t\r\n')).toEqual([])
  })

  it('leaves the separator out, and says where each mail lies', async () => {
    const mails = await split(`${separator}A: 1\n\nx\n${separator}B: 2\n\ny`)
    expect(mails.map(textOf)).toEqual(['A: 1\n\nx\n', 'B: 2\n\ny'])
    expect(mails.map(({ offset, endOffset, complete }) => [offset, endOffset, complete])).toEqual([
      [0, 54, true],
      [54, 107, false],
    ])
  })

  it('takes what begins with no separator for one mail', async () => {
    const mails = await split(`A: 1\n\nx\n${separator}B: 2\n`)
    expect(mails).toHaveLength(1)
  })

  it('takes one > from each >From line of a mail that says it is mboxrd', async () => {
    const body = '\n>From a\n>>From b\n>from c\nx >From d\n'
    const rd = `From mboxrd@z Thu Jan  1 00:00:00 1970\n${body}`
    expect((await split(rd)).map(textOf)).toEqual(['\nFrom a\n>From b\n>from c\nx >From d\n'])
    expect((await split(separator + body)).map(textOf)).toEqual([body])
    expect((await split(separator + body, 5, 'mboxrd')).map(textOf)).toEqual([
      '\nFrom a\n>From b\n>from c\nx >From d\n',
    ])
  })

  it('counts offsets from where it was told to begin', async () => {
    const mails = await collect(splitMbox(chunksOf(Buffer.from(separator), 9), 1000))
    expect(mails).toMatchObject([{ offset: 1000, endOffset: 1046 }])
  })

  it('splits at simpler From lines where the first one is of that kind', async () => {
    const text = 'From nobody\nA: 1\n\nx\nFrom y\n\nFrom us\n\nFrom nobody\nB: 2\n\ny\n'
    expect((await split(text)).map(textOf)).toEqual([
      'A: 1\n\nx\nFrom y\n\nFrom us\n\n',
      'B: 2\n\ny\n',
    ])
    expect(await split(text.replaceAll('\n', '\r\n'), 3)).toHaveLength(2)
    expect(await split(`A: 1\n\n${text}`)).toHaveLength(1)
  })

  it.each([3, 50, 100_000])('cuts off mails over a limit, read by %i bytes', async (size) => {
    const long = `A: 1\n\n${'long\nline\n'.repeat(500)}`
    const text = Buffer.from(`${separator}${long}${separator}B: 2\n\n${separator}${long}`)
    const all = await collect(splitMbox(chunksOf(text, size), 0, 'mbox', 200))
    const whole = await collect(splitMbox(chunksOf(text, size), 0, 'mbox'))
    expect(all.map(({ offset, endOffset }) => [offset, endOffset])).toEqual(
      whole.map(({ offset, endOffset }) => [offset, endOffset]),
    )
    expect(textOf(all[1])).toBe('B: 2\n\n')
    // What arrives in one piece is not cut: only what would have to be kept is.
    expect(textOf(all[2]).slice(0, 150)).toBe(long.slice(0, 150))
    expect(size > 1000 || (all[0]?.raw.length ?? 0) < 300).toBe(true)
  })

  it('cuts off a single mail that never ends', async () => {
    const text = Buffer.from(`A: 1\n\n${'x'.repeat(10_000)}`)
    const [mail] = await collect(splitMbox(chunksOf(text, 100), 0, 'mbox', 500))
    expect(mail?.raw.length).toBe(500)
    expect(mail?.endOffset).toBe(text.length)
  })

  it('stays linear on a line that never ends', async () => {
    const long = Buffer.alloc(20_000_000, 'x')
    long.write(`${separator}\nFrom `, 0)
    const begun = cpuNow()
    expect(await split(long, 16_384)).toHaveLength(1)
    expect(cpuNow() - begun).toBeLessThan(5000)
  })

  const piece = fc.oneof(
    fc.constantFrom(
      separator,
      separator.trimEnd(),
      separator.replace('\n', '\r\n'),
      'From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001\n',
      'From x Thu Jan  1 00:00:00 90\n',
      'From x Thu Jan  1 00:00:00 -1970\n',
      'From x Thu Jan  1 0:00:00 1970\n',
      'From me at 12:34:56 +0100 2001\n',
      'From ann 00:00 1999 \n',
      '>From x\n',
      '>>From x\n',
      'From \n',
      '\n',
      '\r\n',
      ' ',
      'Subject: x\n',
      '\0',
    ),
    fc.string({ maxLength: 5 }),
  )

  it('splits where git mailsplit splits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        fc.boolean(),
        async (pieces, size, mboxrd) => {
          const bytes = Buffer.from(pieces.join(''), 'latin1')
          const start = bytes.toString('latin1').replace(/^[ \t\r\n]+/, '')
          const line = start.slice(0, start.indexOf('\n') + 1 || start.length)
          fc.pre(start !== '' && (!start.startsWith('From ') || isSeparator(Buffer.from(line))))
          const ours = await split(bytes, size, mboxrd ? 'mboxrd' : 'mbox')
          const git = gitSplit(bytes, mboxrd)
          expect(ours).toHaveLength(git.length)
          for (const [index, mail] of ours.entries()) {
            const whole = git[index] ?? ''
            expect(whole.endsWith(textOf(mail))).toBe(true)
            const line = whole.slice(0, whole.length - textOf(mail).length)
            expect(line).toMatch(/^(?:From [^\n]*\n?)?$/)
          }
        },
      ),
      { numRuns: 150 },
    )
  }, 60_000)
})
