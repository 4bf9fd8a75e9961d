import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openOverlay, readOverlay } from '../../../src/app/forge/open-overlay.ts'
import type { ProjectConfig } from '../../../src/config/config.ts'
import type { Forge } from '../../../src/forge/forge.ts'
import { dialectOf } from '../../../src/forge/gitea/dialect.ts'
import { capabilitiesOf } from '../../../src/forge/gitea/gitea-forge.ts'
import { plainForge } from '../../../src/forge/plain/plain-forge.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

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

function opened(
  change: Partial<ProjectConfig>,
  capabilities: Partial<Forge['capabilities']>,
): ReturnType<typeof openOverlay> {
  const folder = path.resolve(import.meta.dirname, '../../../templates')
  const config = { name: 'hello', overlayFolder: folder, placement: 'fork', ...change }
  const forge = plainForge('/mirror.git', null)
  return openOverlay(config as ProjectConfig, {
    capabilities: { ...forge.capabilities, ...capabilities },
  })
}

it('is refused for CI that reads the head alone', () => {
  expect(() => opened({}, {})).toThrow(expect.objectContaining({ code: 'CLI_OVERLAY_UNREAD' }))
})

describe('where CI reads the workflows of one event from the base, with all secrets', () => {
  const { signal } = new AbortController()
  const forgejo = capabilitiesOf(dialectOf('16.0.0', true))
  const workflow = '.forgejo/workflows/ci.yml'

  function folderWith(name: string, text: string): string {
    const folder = temporaryFolder()
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
    return folder
  }

  it.each<[ProjectConfig['placement'], boolean]>([
    ['fork', true],
    ['agit', true],
    // Its pull requests have whatever the mirror has anyway.
    ['secretless-mirror', false],
    ['same-repo', false],
  ])('with %s it is taken, with the word that there are none: %s', (placement, holdsNoSecrets) => {
    expect(opened({ placement, holdsNoSecrets }, forgejo)).not.toBeNull()
  })

  it.each(['fork', 'agit'] as const)('with %s it is refused without that word', (placement) => {
    expect(() => opened({ placement, holdsNoSecrets: false }, forgejo)).toThrow(
      expect.objectContaining({ code: 'CLI_OVERLAY_SECRETS' }),
    )
  })

  it('takes files among which a workflow is of that event', async () => {
    const text = readFileSync(
      path.resolve(import.meta.dirname, '../../../templates/workflows/forgejo-overlay.yml'),
      'utf8',
    )
    const overlayFolder = folderWith(workflow, text)
    const read = opened({ overlayFolder, holdsNoSecrets: true }, forgejo)
    expect((await read?.(signal))?.map((file) => file.path)).toEqual([workflow])
  })

  it.each([
    [workflow, 'on: pull_request\n# not pull_request_target\n'],
    ['ci/pull_request_target.yml', 'on: pull_request_target\n'],
  ])('refuses %s with %j, which nothing would run', async (name, text) => {
    const overlayFolder = folderWith(name, text)
    const read = opened({ overlayFolder, holdsNoSecrets: true }, forgejo)
    await expect(read?.(signal)).rejects.toMatchObject({ code: 'CLI_OVERLAY_UNREAD' })
  })
})
