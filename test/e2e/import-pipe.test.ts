import { execFileSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import Sqlite from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import { changeConfig, demoWorlds, mailOf } from '../support/demo-world.ts'
import {
  type Ended,
  jsonLines,
  runHere,
  runPatchferry,
  startPatchferry,
} from '../support/run-patchferry.ts'

const worlds = demoWorlds()
const patch = 'usage-1@contributor.example'

/** Mails in the archive, by git itself. */
function archived(world: DemoWorld): number {
  const gitDir = path.join(world.directory, 'state/archive/git/0.git')
  const output = execFileSync('git', ['-C', gitDir, 'rev-list', '--all', '--count'])
  return Number(output.toString())
}

function pipeArgs(world: DemoWorld): readonly string[] {
  return ['import', '-', '--config', world.config]
}

async function pipe(world: DemoWorld, stdin: string): Promise<Ended> {
  return runHere(pipeArgs(world), { stdin })
}

async function status(world: DemoWorld): Promise<Readonly<Record<string, unknown>> | undefined> {
  return jsonLines((await runHere(['status', '--json', '--config', world.config])).stdout)[0]
}

describe('import - answers 0', () => {
  it('when the mail is durable, and says nothing to the sender', async () => {
    const world = await worlds.fresh()

    const end = await runPatchferry(pipeArgs(world), { stdin: mailOf(world, patch) })

    expect(end).toEqual({ exitCode: 0, signal: null, stdout: '', stderr: '' })
    expect(archived(world)).toBe(1)
    expect(await status(world)).toMatchObject({ jobs: { waiting: 1 }, quarantine: [] })
  }, 20_000)

  it('when the mail is known, which is kept once', async () => {
    const world = await worlds.fresh()
    await pipe(world, mailOf(world, patch))

    expect(await pipe(world, mailOf(world, patch))).toMatchObject({ exitCode: 0, stdout: '' })
    expect(archived(world)).toBe(1)
  })

  it('when it has kept every byte as it came', async () => {
    const world = await worlds.fresh()
    const raw = Buffer.from('Subject: \xe4\xff\r\n\r\n\x00\x01 NUL\r\nno newline', 'latin1')
    const end = await runHere(pipeArgs(world), { stdin: raw })

    expect(end).toMatchObject({ exitCode: 0, stdout: '' })
    const gitDir = path.join(world.directory, 'state/archive/git/0.git')
    expect(execFileSync('git', ['-C', gitDir, 'cat-file', 'blob', 'HEAD:m']).equals(raw)).toBe(true)
  })

  it('when the mail cannot be read, which is kept and quarantined', async () => {
    const world = await worlds.fresh()

    expect(await pipe(world, '\u0000 this was a mail once')).toMatchObject({ exitCode: 0 })
    expect(archived(world)).toBe(1)
    expect(await status(world)).toMatchObject({
      quarantine: [{ source: 'stdin -', code: 'MAIL_HEADERS_MISSING' }],
    })
  })

  it('beside a running service, several at once, and the service goes on with them', async () => {
    const world = await worlds.fresh()
    const service = startPatchferry(['serve', '--config', world.config])
    onTestFinished(() => service.kill('SIGKILL'))
    await service.said(/"listening"/)

    const series = ['nordic-1@contributor.example', 'nordic-2@contributor.example']
    const ends = await Promise.all([
      ...series.map((id) => runPatchferry(pipeArgs(world), { stdin: mailOf(world, id) })),
      pipe(world, 'damaged'),
    ])

    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0])
    expect(archived(world)).toBe(3)
    await expect
      .poll(() => readOutgoing(world.outgoing), { timeout: 15_000, interval: 100 })
      .toMatchObject([{ inReplyTo: series[0], kind: 'success' }])
    service.kill('SIGTERM')
    expect(await service.ended).toMatchObject({ exitCode: 0 })
  }, 40_000)

  it('when nobody reads what it says', async () => {
    const world = await worlds.fresh()
    await changeConfig(world, 'level: info', 'level: debug')
    const silent = startPatchferry(pipeArgs(world), { stdin: mailOf(world, patch) })
    silent.closeStandardError()

    expect(await silent.ended).toMatchObject({ exitCode: 0 })
    expect(archived(world)).toBe(1)
  }, 20_000)
})

describe('import - that was killed', () => {
  it('after it archived the mail, and before it stored it, does not archive it again', async () => {
    const world = await worlds.fresh()
    await pipe(world, mailOf(world, 'workflow-1@contributor.example'))
    const store = new Sqlite(path.join(world.directory, 'state/store.sqlite'))
    onTestFinished(() => void store.close())
    store.exec(`create view endless as
      with recursive n(i) as (select 1 union all select i + 1 from n) select i from n`)
    store.exec(`create trigger endless_store before insert on delivery
      begin select count(*) from endless; end`)
    const killed = startPatchferry(pipeArgs(world), { stdin: mailOf(world, patch) })
    await expect.poll(() => archived(world), { timeout: 15_000, interval: 10 }).toBe(2)
    killed.kill('SIGKILL')
    expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' })
    store.exec('drop trigger endless_store')
    const count = store.prepare('select count(*) from delivery').pluck()
    expect(count.get()).toBe(1)

    expect(await pipe(world, mailOf(world, patch))).toMatchObject({ exitCode: 0 })
    expect(archived(world)).toBe(2)
    expect(count.get()).toBe(2)
  }, 20_000)
})

interface Trouble {
  readonly name: string
  readonly prepare?: (world: DemoWorld) => Promise<void>
  readonly args?: (world: DemoWorld) => readonly string[]
  readonly stdin?: string
  readonly says: RegExp
}

/** What the same command line would answer if it were not an MTA that asks. */
const troubles: readonly Trouble[] = [
  {
    name: 'the configuration has a mistake',
    prepare: (world) => changeConfig(world, 'settle:', 'setle:'),
    says: /CONFIG_INVALID.*setle/s,
  },
  {
    name: 'there is no configuration',
    args: () => ['import', '-', '--config', '/nowhere/patchferry.yml'],
    says: /CONFIG_MISSING/,
  },
  {
    name: 'an option is unknown',
    args: (world) => [...pipeArgs(world), '--frob'],
    says: /unknown option '--frob'/,
  },
  {
    name: 'an option is unknown before the command',
    args: (world) => ['--config', world.config, 'import', '-'],
    says: /unknown option '--config'/,
  },
  {
    name: 'an option has a bad value',
    args: (world) => [...pipeArgs(world), '--since', 'yesterday'],
    says: /Write a date/,
  },
  {
    name: 'only help is asked for',
    args: (world) => [...pipeArgs(world), '--help'],
    says: /^$/,
  },
  {
    name: 'the store is of a newer version',
    async prepare(world) {
      await pipe(world, mailOf(world, 'workflow-1@contributor.example'))
      const store = new Sqlite(path.join(world.directory, 'state/store.sqlite'))
      store.exec("insert into schema_migration (number, name, applied_at) values (999, 'x', 0)")
      store.close()
    },
    says: /STORE_NEWER.*newer version/s,
  },
  {
    name: 'we made a mistake',
    async prepare(world) {
      await pipe(world, mailOf(world, 'workflow-1@contributor.example'))
      const store = new Sqlite(path.join(world.directory, 'state/store.sqlite'))
      store.exec('alter table delivery rename to lost')
      store.close()
    },
    says: /STORE_FAULT/,
  },
  { name: 'nothing is piped', stdin: '', says: /CLI_NOTHING_PIPED/ },
  {
    name: 'a file is where the state folder should be',
    prepare: (world) => writeFile(path.join(world.directory, 'state'), ''),
    says: /CLI_PATH_UNUSABLE/,
  },
  {
    name: 'the state folder cannot be written',
    prepare: (world) => changeConfig(world, 'state: ./state', 'state: /sys/patchferry'),
    says: /CLI_PATH_NOT_WRITABLE/,
  },
  {
    name: 'the archive cannot be written',
    async prepare(world) {
      await mkdir(path.join(world.directory, 'state'))
      await writeFile(path.join(world.directory, 'state/archive'), '')
    },
    says: /patchferry: [A-Z]+_[A-Z_]+: /,
  },
  {
    name: 'the store is no store',
    async prepare(world) {
      await mkdir(path.join(world.directory, 'state'))
      await writeFile(path.join(world.directory, 'state/store.sqlite'), 'no database'.repeat(100))
    },
    says: /STORE_CORRUPT/,
  },
]

describe('import - answers 75, so that the mail is offered again,', () => {
  it.each(troubles)('when $name', async ({ prepare, args = pipeArgs, stdin, says }) => {
    const world = await worlds.fresh()
    await prepare?.(world)

    const end = await runHere(args(world), { stdin: stdin ?? mailOf(world, patch) })

    expect(end).toMatchObject({ exitCode: 75, signal: null })
    expect(end.stderr).toMatch(says)
    expect(end.stderr).not.toContain('INTERNAL')
  })

  it('when the installation is broken', async () => {
    const world = await worlds.fresh()
    const hooks = path.join(world.directory, 'hooks.mjs')
    const loader = path.join(world.directory, 'loader.mjs')
    await writeFile(
      hooks,
      `export function resolve(name, context, next) {
        if (name === 'better-sqlite3') throw new Error('better-sqlite3 is gone')
        return next(name, context)
      }`,
    )
    await writeFile(
      loader,
      `import { register } from 'node:module'\nregister(${JSON.stringify(pathToFileURL(hooks).href)})`,
    )
    const env = { NODE_OPTIONS: `--import=${pathToFileURL(loader).href}` }

    const end = await runPatchferry(pipeArgs(world), { stdin: mailOf(world, patch), env })
    expect(end).toMatchObject({ exitCode: 75, signal: null })
    expect(end.stderr).toContain('better-sqlite3 is gone')
    await rm(hooks)
  }, 20_000)

  it('and loses nothing: the same mail is taken when the trouble is over', async () => {
    const world = await worlds.fresh()
    const inTheWay = path.join(world.directory, 'state')
    await writeFile(inTheWay, '')
    expect(await pipe(world, mailOf(world, patch))).toMatchObject({ exitCode: 75 })

    await rm(inTheWay)
    expect(await pipe(world, mailOf(world, patch))).toMatchObject({ exitCode: 0 })
    expect(archived(world)).toBe(1)
  })
})
