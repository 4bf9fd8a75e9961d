import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readThreads } from '../../src/app/read-threads.ts'
import type { Terminal } from '../../src/app/terminal.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'patchferry-threads-'))
})
afterAll(() => rm(folder, { recursive: true }))

function mail(name: string, subject: string, fields: string, body: string): string {
  return `From x Thu Jan  1 00:00:00 1970\nMessage-ID: <${name}@x>\nFrom: Ann <ann@example.org>\nDate: Mon, 05 Jan 2026 10:00:00 +0000\nSubject: ${subject}\n${fields}\n${body}\n`
}

function patch(name: string, subject: string, fields: string): string {
  const diff = `diff --git a/${name} b/${name}\nindex 1111111..2222222 100644\n--- a/${name}\n+++ b/${name}\n@@ -1 +1 @@\n-a\n+b\n`
  return mail(name, subject, fields, `Why.\n---\n${diff}`)
}

const answers = 'In-Reply-To: <cover@x>\n'
const mails = [
  mail('cover', '[PATCH 0/2] topic', '', 'Text.\n'),
  patch('one', '[PATCH 1/2] one', answers),
  patch('two', '[PATCH 2/2] two', ''),
  patch('two', '[PATCH 2/2] two', `${answers}References: <cover@x>\n`),
]

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  return items.length === 0
    ? [[]]
    : items.flatMap((item, at) =>
        permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]),
      )
}

it('makes the same series of copies whose references differ, in whatever order they stand', async () => {
  const terminal: Pick<Terminal, 'stdin' | 'draining'> = {
    stdin: Readable.from([]),
    draining: new AbortController().signal,
  }
  const file = path.join(folder, 'box.mbox')
  const found = new Set<string>()
  for (const order of permutations(mails)) {
    await writeFile(file, order.join(''))
    const { series } = await readThreads([file], terminal as Terminal)
    found.add(JSON.stringify(series))
  }
  expect(found.size).toBe(1)
  const [only] = [...found].map((text) => JSON.parse(text) as unknown)
  expect(only).toMatchObject([{ series: { complete: true, cover: 'cover@x' } }])
})
