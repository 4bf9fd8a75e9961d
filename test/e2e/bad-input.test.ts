import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { changeConfig, demoWorlds } from '../support/demo-world.ts'
import { noMountReason, runInSmallMount } from '../support/in-small-mount.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const worlds = demoWorlds()
const needConfig = ['serve', 'sync', 'status', 'rebuild', 'migrate'] as const

describe('a bad configuration', () => {
  it.each(needConfig)(
    'keeps %s from starting: all mistakes at once, with place and advice',
    async (name) => {
      const world = await worlds.fresh()
      await changeConfig(world, 'settle: 0s', 'setle: 0s')
      await changeConfig(world, 'timeout: 1m', 'timeout: soon')

      const end = await runHere([name, '--config', world.config])

      expect(end).toMatchObject({ exitCode: 2, stdout: '' })
      expect(end.stderr).toMatch(/^patchferry: CONFIG_INVALID: /)
      expect(end.stderr).toMatch(/patchferry\.yml:\d+:\d+.*setle.*settle/s)
      expect(end.stderr).toMatch(/timeout/)
      await expect(stat(path.join(world.directory, 'state'))).rejects.toThrow('ENOENT')
    },
  )

  it('that is missing is said with what to do', async () => {
    const end = await runHere(['sync', '--config', '/nowhere.yml'])
    expect(end).toMatchObject({ exitCode: 2, stdout: '' })
    expect(end.stderr).toMatch(/CONFIG_MISSING: .*\/nowhere\.yml\n +.*patchferry init/)
  })
})

describe('a mail template that is broken', () => {
  it.each(['serve', 'sync'])('is a fault of the configuration for %s', async (name) => {
    const world = await worlds.fresh()
    await mkdir(path.join(world.directory, 'mails'))
    await writeFile(path.join(world.directory, 'mails/failure.liquid'), '{% if %}{{ nothing')
    await changeConfig(world, 'delivery:', 'mailTemplates: ./mails\ndelivery:')

    const end = await runHere([name, '--config', world.config])

    expect(end).toMatchObject({ exitCode: 2, stdout: '' })
    expect(end.stderr).toMatch(/REPORT_TEMPLATE_INVALID: /)
  })
})

describe('a store of a newer version', () => {
  it.each([
    ...needConfig.filter((name) => name !== 'rebuild'),
    'explain x',
    'approve x',
    'backup /tmp/never/made',
  ])('is not touched by %s', async (line) => {
    const world = await worlds.fresh()
    await runHere(['migrate', '--config', world.config])
    const store = new Sqlite(path.join(world.directory, 'state/store.sqlite'))
    store.exec("insert into schema_migration (number, name, applied_at) values (999, 'x', 0)")
    store.close()

    const end = await runHere([...line.split(' '), '--config', world.config])

    expect(end).toMatchObject({ exitCode: 2, stdout: '' })
    expect(end.stderr).toMatch(/patchferry: STORE_NEWER: .*\n +Run the newer version/)
  })
})

describe('a state folder that cannot be', () => {
  it.each(['serve', 'sync', 'rebuild', 'migrate'])('stops %s', async (name) => {
    const world = await worlds.fresh()
    await writeFile(path.join(world.directory, 'state'), 'in the way')

    const end = await runHere([name, '--config', world.config])

    expect(end).toMatchObject({ exitCode: expect.not.stringMatching('0'), stdout: '' })
    expect([1, 2]).toContain(end.exitCode)
    expect(end.stderr).toMatch(/^patchferry: [A-Z]+_[A-Z_]+: .*\n +\S/)
    expect(end.stderr).not.toContain('INTERNAL')
  })
})

describe.skipIf(noMountReason !== null)('a full disk', () => {
  it('under a service that runs is said, loses no mail, and is gone on from when there is room', () => {
    const script = path.join(import.meta.dirname, 'children/full-disk-service.ts')
    const said = runInSmallMount(script, { folder: temporaryFolder(), sizeBytes: 28_000_000 })

    expect(JSON.parse(said)).toEqual({
      wasSeen: [false, true],
      reportsDuring: ['usage-1@contributor.example'],
      reports: ['usage-1@contributor.example', 'workflow-1@contributor.example'],
      unread: [],
      exitCode: 0,
      faults: [],
    })
  }, 120_000)

  it('is waited out, and nothing is lost', () => {
    const script = path.join(import.meta.dirname, 'children/full-disk.ts')
    const said = runInSmallMount(script, { folder: temporaryFolder(), sizeBytes: 28_000_000 })

    expect(JSON.parse(said)).toEqual({
      imported: 75,
      synced: 75,
      backedUp: 75,
      backupSaid: 'patchferry: CLI_BACKUP_DISK_FULL:',
      isBackupWhole: true,
      saidFull: [true, true],
      faults: [],
      importedAgain: 0,
      syncedAgain: 0,
      backedUpAgain: 0,
      reports: ['usage-1@contributor.example', 'workflow-1@contributor.example'],
    })
  }, 60_000)
})

describe('patchferry doctor', () => {
  it('finds what is wrong, each with what to do, and goes on', async () => {
    const world = await worlds.fresh()
    await changeConfig(world, 'maildir: ./inbox', 'maildir: ./nowhere')
    await changeConfig(world, 'branches: [main]', 'branches: [main, next]')

    const end = await runHere(['doctor', '--json', '--config', world.config])

    expect(end).toMatchObject({ exitCode: 1 })
    const findings = jsonLines(end.stdout)
    for (const finding of findings) {
      expect(Object.keys(finding)).toEqual(['check', 'level', 'message', 'remedy'])
    }
    expect(findings.filter(({ level }) => level === 'wrong')).toMatchObject([
      { message: expect.stringContaining('nowhere'), remedy: expect.stringMatching(/\S/) },
      { message: expect.stringContaining('next'), remedy: expect.stringMatching(/\S/) },
    ])
  })

  it('is content with a sound installation', async () => {
    const world = await worlds.fresh()
    const end = await runHere(['doctor', '--config', world.config])
    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(end.stdout).toMatch(/^ok +git: /m)
  })
})

describe('patchferry init', () => {
  const answers =
    '--project hello --list devel@lists.example.org --bot bot@example.org --isolation none'.split(
      ' ',
    )

  it('writes a configuration that loads and works, and never writes over one', async () => {
    const cwd = path.join(temporaryFolder(), 'new')
    await mkdir(cwd)
    expect(await runHere(['init', ...answers], { cwd })).toMatchObject({ exitCode: 0 })
    const config = path.join(cwd, 'patchferry.yml')
    const text = await readFile(config, 'utf8')

    expect(await runHere(['migrate', '--config', config])).toMatchObject({ exitCode: 0 })
    expect((await stat(path.join(cwd, 'operator-token'))).mode & 0o777).toBe(0o600)
    const again = await runHere(['init', ...answers], { cwd })
    expect(again).toMatchObject({ exitCode: 2, stdout: '' })
    expect(again.stderr).toContain('CLI_FILE_EXISTS')
    expect(await readFile(config, 'utf8')).toBe(text)
  })

  it.each([
    ['./mail', 'maildir: ./mail'],
    ['./list.mbox', 'mbox: ./list.mbox'],
    ['https://lists.example.org/devel', 'publicInbox: https://lists.example.org/devel'],
    ['./clone.git', 'publicInbox: ./clone.git'],
    ['./inbox', 'publicInbox: ./inbox'],
  ])('takes --source %s for %s', async (source, line) => {
    const cwd = temporaryFolder()
    await mkdir(path.join(cwd, 'inbox/git'), { recursive: true })
    await runHere(['init', ...answers, '--no-check', '--no-dry-run', '--source', source], { cwd })

    expect(await readFile(path.join(cwd, 'patchferry.yml'), 'utf8')).toContain(`- ${line}\n`)
  })

  it('says which answer is missing where nobody is there to ask', async () => {
    const end = await runHere(['init', '--project', 'x'], { cwd: temporaryFolder() })
    expect(end).toMatchObject({ exitCode: 2, stdout: '' })
    expect(end.stderr).toMatch(/CLI_ANSWER_MISSING: --list is needed/)
  })
})
