import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { jsonLines, runHere } from '../support/run-patchferry.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { makeTestRepo } from '../support/test-repo.ts'

const repo = makeTestRepo()
afterAll(() => repo.remove())
repo.commit({ files: { 'a.txt': 'a\n' } })
const base = repo.sha('HEAD')
repo.commit({ files: { 'a.txt': 'b\n' }, message: 'first change' })
repo.commit({ files: { 'a.txt': 'c\n' }, message: 'second change' })
const [first = new Uint8Array(), second = new Uint8Array()] = repo.formatPatch(`${base}..HEAD`)
repo.git('reset', '--hard', base)

function withAttachments(...patches: readonly Uint8Array[]): string {
  const parts = patches.map(
    (patch, index) =>
      `--b\nContent-Type: text/x-patch\nContent-Disposition: attachment; filename=000${index + 1}.patch\n\n${Buffer.from(patch).toString()}\n`,
  )
  return `From: Ann <ann@example.org>\nTo: dev@lists.example.org\nDate: Mon, 1 Jun 2026 10:00:00 +0000\nSubject: Two changes\nMessage-ID: <two@example.org>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nPlease see the attached patches.\n${parts.join('')}--b--\n`
}

async function actsOf(mail: string): Promise<readonly Record<string, unknown>[]> {
  const inbox = path.join(temporaryFolder(), 'two.eml')
  writeFileSync(inbox, mail)
  const end = await runHere(['replay', '--json', '--inbox', inbox, '--repo', repo.gitDir])
  expect(end).toMatchObject({ exitCode: 0 })
  return jsonLines(end.stdout)
}

describe('a mail that does not say clearly what it is', () => {
  it('waits for a person where several whole patches are attached', async () => {
    const acts = await actsOf(withAttachments(first, second))
    expect(acts).toContainEqual(
      expect.objectContaining({
        act: 'mail',
        body: expect.stringContaining('two@example.org: 2 patches are attached'),
      }),
    )
    expect(acts.filter(({ act }) => act === 'push')).toEqual([])
  }, 40_000)

  it('is published where one is attached', async () => {
    const acts = await actsOf(withAttachments(first))
    expect(acts.some(({ act }) => act === 'push')).toBe(true)
  }, 40_000)
})
