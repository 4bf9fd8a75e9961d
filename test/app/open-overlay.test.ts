import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { openOverlay, readOverlay } from '../../src/app/open-overlay.ts'
import type { ProjectConfig } from '../../src/config/config.ts'
import { plainForge } from '../../src/forge/plain/plain-forge.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it('reads files, modes and symlinks, but none of git’s own', async () => {
  const folder = temporaryFolder()
  mkdirSync(path.join(folder, '.git'))
  mkdirSync(path.join(folder, '.github/workflows'), { recursive: true })
  writeFileSync(path.join(folder, '.git/HEAD'), 'ref: refs/heads/main\n')
  writeFileSync(path.join(folder, '.github/workflows/ci.yml'), 'on: pull_request\n')
  writeFileSync(path.join(folder, 'run.sh'), '#!/bin/sh\n')
  chmodSync(path.join(folder, 'run.sh'), 0o755)
  symlinkSync('run.sh', path.join(folder, 'check'))
  const files = await readOverlay(folder)
  expect(files.map((file) => [file.path, file.mode, Buffer.from(file.content).toString()])).toEqual(
    [
      ['.github/workflows/ci.yml', '100644', 'on: pull_request\n'],
      ['check', '120000', 'run.sh'],
      ['run.sh', '100755', '#!/bin/sh\n'],
    ],
  )
})

it('says which folder is missing or empty', async () => {
  const folder = temporaryFolder()
  await expect(readOverlay(folder)).rejects.toMatchObject({ code: 'CLI_OVERLAY_UNUSABLE' })
  const missing = path.join(folder, 'missing')
  await expect(readOverlay(missing)).rejects.toThrow(missing)
})

it('is refused for CI that reads the head alone', () => {
  const config = { name: 'hello', overlayFolder: '/ci-overlay' } as ProjectConfig
  expect(() => openOverlay(config, plainForge('/mirror.git', null))).toThrow(
    expect.objectContaining({ code: 'CLI_OVERLAY_UNREAD' }),
  )
})
