import { cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readRefs } from '../../src/app/demo/verify.ts'
import { namesIn } from '../../src/util/names-in.ts'
import { arrive, changeConfig, demoWorlds, sync } from '../support/demo-world.ts'
import { type Ended, runHere } from '../support/run-patchferry.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const held = 'workflow-1@contributor.example'
const conflicting = 'polite-1@contributor.example'

/** What is held was applied here and pushed nowhere. */
const worlds = demoWorlds(async (world) => {
  await arrive(world, held, conflicting)
  await sync(world)
  await patchferry(world, 'backup', './backup')
})

async function patchferry(world: DemoWorld, ...args: readonly string[]): Promise<Ended> {
  return runHere([...args, '--config', world.config], { cwd: world.directory })
}

function at(world: DemoWorld, name: string): string {
  return path.join(world.directory, name)
}

async function changeFile(file: string, change: (bytes: Buffer) => Buffer): Promise<void> {
  const bytes = await readFile(file)
  await rm(file)
  await writeFile(file, change(bytes))
}

async function packsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder)
  return names.filter((name) => name.endsWith('.pack')).map((name) => path.join(folder, name))
}

/** One byte of the middle of each pack is another. */
async function spoilPacks(folder: string): Promise<void> {
  for (const pack of await packsIn(folder)) {
    await changeFile(pack, (bytes) => {
      const middle = Math.floor(bytes.length / 2)
      bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle)
      return bytes
    })
  }
}

async function storeFile(world: DemoWorld): Promise<string> {
  const names = await readdir(at(world, 'backup'))
  return at(world, `backup/${names.find((name) => name.startsWith('store-')) ?? ''}`)
}

describe('restore', () => {
  it('applies what was held to the same commits again, which the approval of a person is pinned to', async () => {
    const world = await worlds.fresh()
    const said = await patchferry(world, 'explain', '--json', held)
    const head = /"step":"apply".*?"result":"(?<head>[0-9a-f]{40})"/.exec(said.stdout)?.groups
    await rm(at(world, 'state'), { recursive: true })
    expect(await patchferry(world, 'restore', './backup')).toMatchObject({ exitCode: 0 })
    expect(await patchferry(world, 'approve', held)).toMatchObject({ exitCode: 0 })
    await sync(world)
    expect((await readRefs(world.mirror)).get(`refs/mail/${held}`)).toBe(head?.['head'])
  }, 90_000)

  it('refuses a state folder that holds anything', async () => {
    const world = await worlds.fresh()
    const refused = await patchferry(world, 'restore', './backup')
    expect(refused).toMatchObject({ exitCode: 2 })
    expect(refused.stderr).toContain('CLI_STATE_NOT_EMPTY')
    expect(await patchferry(world, 'status')).toMatchObject({ exitCode: 0 })
  })

  it.each<readonly [string, string, (world: DemoWorld) => Promise<unknown>]>([
    [
      'a folder without a backup',
      'CLI_BACKUP_MISSING',
      (world) => rm(at(world, 'backup'), { recursive: true }),
    ],
    [
      'a first backup that broke off',
      'CLI_BACKUP_UNFINISHED',
      async (world) => {
        await rm(at(world, 'backup/manifest.json'))
        await writeFile(at(world, 'backup/unfinished'), '')
      },
    ],
    [
      'a manifest that is cut off',
      'CLI_BACKUP_DAMAGED',
      (world) => changeFile(at(world, 'backup/manifest.json'), (bytes) => bytes.subarray(0, 100)),
    ],
    [
      'a backup of a newer version',
      'CLI_BACKUP_NEWER',
      (world) =>
        changeFile(at(world, 'backup/manifest.json'), (bytes) =>
          Buffer.from(bytes.toString().replace('"format": 1', '"format": 2')),
        ),
    ],
    [
      'a store with another checksum',
      'CLI_BACKUP_DAMAGED',
      async (world) => changeFile(await storeFile(world), (bytes) => bytes.fill(7, 5000, 5001)),
    ],
    ['a store that is gone', 'CLI_BACKUP_DAMAGED', async (world) => rm(await storeFile(world))],
    [
      'an archive with a bad byte',
      'CLI_BACKUP_DAMAGED',
      (world) => spoilPacks(at(world, 'backup/archive/git/0.git/objects/pack')),
    ],
    [
      'a journal with a bad byte',
      'CLI_BACKUP_DAMAGED',
      (world) => spoilPacks(at(world, 'backup/journal.git/objects/pack')),
    ],
    [
      'an archive that is gone',
      'CLI_BACKUP_DAMAGED',
      (world) => rm(at(world, 'backup/archive/git/0.git'), { recursive: true }),
    ],
  ])('refuses %s', async (_, code, spoil) => {
    const prepared = worlds.shared()
    const directory = temporaryFolder()
    const config = path.join(directory, 'patchferry.yml')
    const world = { ...prepared, directory, config }
    await cp(at(prepared, 'backup'), at(world, 'backup'), { recursive: true })
    const text = await readFile(prepared.config, 'utf8')
    await writeFile(config, text.replace('tokenFile: ./', `tokenFile: ${prepared.directory}/`))
    await spoil(world)
    const refused = await patchferry(world, 'restore', './backup')
    expect(refused).toMatchObject({ exitCode: 2 })
    expect(refused.stderr).toContain(code)
    // Nothing says that a restore is to be finished: a rebuild is the way on.
    expect(await namesIn(at(world, 'state'))).not.toContain('restoring')
  })

  it('leaves a way on when the backup is damaged: archive and journal of it, by hand', async () => {
    const world = await worlds.fresh()
    await rm(at(world, 'state'), { recursive: true })
    await changeFile(await storeFile(world), (bytes) => bytes.fill(7, 5000, 5001))
    const refused = await patchferry(world, 'restore', './backup')
    expect(refused.stderr).toMatch(/CLI_BACKUP_DAMAGED.*copy `archive` and `journal.git`/s)
    for (const name of ['archive', 'journal.git']) {
      await cp(at(world, `backup/${name}`), at(world, `state/${name}`), { recursive: true })
    }
    expect(await patchferry(world, 'rebuild')).toMatchObject({ exitCode: 0 })
    expect((await patchferry(world, 'explain', held)).stdout).toContain('archived as')
  }, 90_000)

  it('takes a state folder that a start without the state has made', async () => {
    const world = await worlds.fresh()
    await rm(at(world, 'state'), { recursive: true })
    expect((await patchferry(world, 'status')).stderr).toContain('`patchferry restore DIR`')
    expect(await patchferry(world, 'migrate')).toMatchObject({ exitCode: 0 })
    expect(await patchferry(world, 'restore', './backup')).toMatchObject({ exitCode: 0 })
    expect((await patchferry(world, 'explain', held)).stdout).toContain('held')
  }, 90_000)

  it('waits for a mirror that does not answer, and is run again; nothing else works before', async () => {
    const world = await worlds.fresh()
    await rm(at(world, 'state'), { recursive: true })
    await changeConfig(world, 'url: ./mirror.git', 'url: ./gone.git')
    const failed = await patchferry(world, 'restore', './backup')
    expect(failed).toMatchObject({ exitCode: 75 })
    expect(failed.stderr).toMatch(/run `patchferry restore \S+backup` again/)
    const commands = [
      'sync',
      'status',
      'outbox',
      'migrate',
      'rebuild',
      'dry-run',
      'ref a@b',
      'backup ./other',
      'opt-out a@b',
    ]
    for (const line of [...commands, `explain ${held}`]) {
      const { exitCode, stderr } = await patchferry(world, ...line.split(' '))
      expect([line, exitCode]).not.toEqual([line, 0])
      expect(stderr).toMatch(/CLI_RESTORE_UNFINISHED.*`patchferry restore \S+backup` did not/)
    }
    expect(await namesIn(at(world, 'other'))).toEqual([])
    await changeConfig(world, 'url: ./gone.git', 'url: ./mirror.git')
    expect(await patchferry(world, 'restore', './backup')).toMatchObject({ exitCode: 0 })
  }, 90_000)
})

describe('backup', () => {
  it('adds what is new; one that breaks off leaves the one before it whole', async () => {
    const world = await worlds.fresh()
    const before = await readFile(at(world, 'backup/manifest.json'), 'utf8')
    // Its last step cannot be done: something else is in the place of the journal.
    await rename(at(world, 'backup/journal.git'), at(world, 'journal.away'))
    await writeFile(at(world, 'backup/journal.git'), '')
    expect(await patchferry(world, 'backup', './backup')).not.toMatchObject({ exitCode: 0 })
    await rm(at(world, 'backup/journal.git'))
    await rename(at(world, 'journal.away'), at(world, 'backup/journal.git'))
    expect(await readdir(at(world, 'backup'))).toContain('unfinished')
    expect(await readFile(at(world, 'backup/manifest.json'), 'utf8')).toBe(before)
    await rm(at(world, 'state'), { recursive: true })
    expect(await patchferry(world, 'restore', './backup')).toMatchObject({ exitCode: 0 })

    expect(await patchferry(world, 'backup', './backup')).toMatchObject({ exitCode: 0 })
    const names = await readdir(at(world, 'backup'))
    expect(names).not.toContain('unfinished')
    expect(names.filter((name) => name.startsWith('store-'))).toHaveLength(1)

    for (const part of ['state/archive', 'state/journal.git']) {
      await rename(at(world, part), at(world, 'away'))
      for (const args of [['backup', './new'], ['sync'], ['backup', './new']]) {
        const { exitCode, stderr } = await patchferry(world, ...args)
        expect([part, args, exitCode]).toEqual([part, args, 2])
        expect(stderr).toContain('FLOW_RECORDS_LOST')
      }
      await rm(at(world, part), { recursive: true })
      await rename(at(world, 'away'), at(world, part))
    }
    expect(await namesIn(at(world, 'new'))).toEqual([])
    expect(await patchferry(world, 'sync')).toMatchObject({ exitCode: 0 })
  }, 90_000)

  it.each([
    ['in the state folder', './state/backup'],
    ['around the state folder', '.'],
    ['that holds something else', './inbox'],
  ])('refuses a folder %s', async (_, folder) => {
    const world = worlds.shared()
    const refused = await patchferry(world, 'backup', folder)
    expect(refused).toMatchObject({ exitCode: 2 })
    expect(refused.stderr).toContain('CLI_BACKUP_FOLDER')
  })

  it('refuses the state folder by another name', async () => {
    const world = worlds.shared()
    const link = path.join(temporaryFolder(), 'link')
    await symlink(at(world, 'state'), link)
    const refused = await patchferry(world, 'backup', path.join(link, 'backup'))
    expect(refused).toMatchObject({ exitCode: 2 })
    expect(refused.stderr).toContain('CLI_BACKUP_FOLDER')
  })

  it('copies no secret, and refuses the folder of another installation', async () => {
    const world = await worlds.fresh()
    await writeFile(at(world, 'state/return-path.key'), `${'a'.repeat(64)}\n`)
    expect(await patchferry(world, 'backup', './backup')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('not copied: the configuration, secrets'),
    })
    const names = await readdir(at(world, 'backup'), { recursive: true })
    expect(names.filter((name) => /key|token|patchferry\.yml/.test(name))).toEqual([])

    await rm(at(world, 'state'), { recursive: true })
    await mkdir(at(world, 'state'))
    await arrive(world, 'nordic-1@contributor.example')
    await sync(world)
    const refused = await patchferry(world, 'backup', './backup')
    expect(refused).toMatchObject({ exitCode: 2 })
    expect(refused.stderr).toContain('CLI_BACKUP_OTHER')
  }, 90_000)
})
