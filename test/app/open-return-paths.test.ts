import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openReturnPaths } from '../../src/app/open-return-paths.ts'
import { reportMessageId } from '../../src/core/report/outgoing-id.ts'

const config = { returnPath: 'bot+{token}@ci.example', plainReturnPath: 'bot@ci.example' }
const report = reportMessageId('report', 'ci.example')

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'patchferry-key-'))
  file = path.join(folder, 'return-path.key')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('openReturnPaths', () => {
  it('makes a key that only its user can read, once', async () => {
    const [one, other] = await Promise.all([
      openReturnPaths(config, file),
      openReturnPaths(config, file),
    ])
    const again = await openReturnPaths(config, file)

    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    expect(again.read(one.of(report))).not.toBeNull()
    expect(other.of(report)).toBe(one.of(report))
  })

  it('makes none where bounces all go to one address', async () => {
    const paths = await openReturnPaths({ ...config, returnPath: config.plainReturnPath }, file)

    expect(paths.of(report)).toBe('bot@ci.example')
    expect(existsSync(file)).toBe(false)
  })

  it('takes no damaged key', async () => {
    writeFileSync(file, 'abc')

    await expect(openReturnPaths(config, file)).rejects.toMatchObject({
      code: 'CLI_RETURN_PATH_KEY_DAMAGED',
    })
  })
})
