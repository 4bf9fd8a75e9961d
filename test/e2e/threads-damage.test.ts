import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ownPatch } from '../support/own-series.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function mbox(count: number): Buffer {
  const mails = Array.from({ length: count }, (_, n) => {
    const name = `mail-${n}`
    // Noise, so that the packed file is long enough to be cut.
    const adds = Buffer.from(
      Array.from({ length: 300 }, (__, at) => (at * n * 7919) % 251),
    ).toString('hex')
    const { raw } = ownPatch({ name, subject: `${name}: greet`, file: name, adds })
    return `From olga@contributor.example Mon Mar  3 09:00:00 2025\n${raw}\n`
  })
  return Buffer.from(mails.join(''))
}

describe('patchferry threads', () => {
  it('reads a gzip file that is cut off as far as it goes, and says so', async () => {
    const packed = gzipSync(mbox(200))
    const file = path.join(temporaryFolder(), 'half.gz')
    writeFileSync(file, packed.subarray(0, Math.floor(packed.length / 2)))
    const end = await runHere(['threads', '--json', file])
    const lines = jsonLines(end.stdout)

    expect(end.exitCode).toBe(1)
    expect(end.stderr).toMatch(/^patchferry: MAIL_PATH_GZIP: .*half\.gz.*\n$/)
    expect(lines.filter((line) => 'topic' in line).length).toBeGreaterThan(20)
    expect(lines.at(-1)).toMatchObject({
      messageId: null,
      kind: 'unreadable',
      reason: expect.stringMatching(/^MAIL_PATH_GZIP: /),
      source: file,
    })
  })

  it('goes on with the next path after it', async () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'half.gz'), gzipSync(mbox(3)).subarray(0, 30))
    writeFileSync(path.join(folder, 'whole.mbox'), mbox(2))
    const paths = ['half.gz', 'whole.mbox'].map((name) => path.join(folder, name))
    const end = await runHere(['threads', '--json', ...paths])

    expect(end.exitCode).toBe(1)
    expect(jsonLines(end.stdout).filter((line) => 'topic' in line)).toHaveLength(2)
  })

  it('calls a path that is no mail at all a mistake of the caller', async () => {
    const file = path.join(temporaryFolder(), 'half.gz')
    writeFileSync(file, gzipSync(mbox(3)).subarray(0, 30))

    expect(await runHere(['threads', file])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^patchferry: MAIL_PATH_GZIP: /),
    })
  })

  it('says that there is no mail in an empty folder', async () => {
    const folder = path.join(temporaryFolder(), 'empty')
    mkdirSync(folder)

    expect(await runHere(['threads', '--json', folder])).toEqual({
      exitCode: 1,
      signal: null,
      stdout: '',
      stderr: `patchferry: no mail was found in ${folder}\n`,
    })
  })
})
