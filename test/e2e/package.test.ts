import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../..')

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly dev?: true; readonly devOptional?: true }>>
}

/** A copy of the repository as it is when it is packed: built, and with much that nobody installs. */
async function builtRepository(folder: string): Promise<string> {
  const copy = path.join(folder, 'repository')
  for (const entry of readdirSync(root)) {
    if (!['node_modules', 'dist', '.git', 'test', 'coverage'].includes(entry)) {
      cpSync(path.join(root, entry), path.join(copy, entry), { recursive: true })
    }
  }
  cpSync(path.join(root, 'test/cli'), path.join(copy, 'test/cli'), { recursive: true })
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc')
  const settings = path.join(root, 'tsconfig.build.json')
  await run(process.execPath, [compiler, '-p', settings, '--noCheck', '--outDir', `${copy}/dist`])
  return copy
}

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const env = {
    PATH: process.env['PATH'],
    HOME: path.dirname(cwd),
    npm_config_update_notifier: 'false',
  }
  return (await run('npm', args, { cwd, env, timeout: 150_000 })).stdout
}

/** Lays a package and what it depends on, and nothing else, into the node_modules of an empty folder. */
async function install(archive: string, folder: string): Promise<void> {
  const modules = path.join(folder, 'node_modules')
  const own = path.join(modules, 'patchferry')
  mkdirSync(own, { recursive: true })
  await run('tar', ['-xzf', archive, '-C', own, '--strip-components=1'])
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as LockFile
  for (const [place, { dev, devOptional }] of Object.entries(lock.packages)) {
    const [, name, ...nested] = place.split('node_modules/')
    const isWanted = name !== undefined && nested.length === 0 && !dev && !devOptional
    if (isWanted && existsSync(path.join(root, place))) {
      mkdirSync(path.dirname(path.join(folder, place)), { recursive: true })
      symlinkSync(path.join(root, place), path.join(folder, place))
    }
  }
  const bin = path.join(modules, '.bin')
  mkdirSync(bin)
  const { bin: programs } = JSON.parse(readFileSync(path.join(own, 'package.json'), 'utf8')) as {
    readonly bin: Readonly<Record<string, string>>
  }
  for (const [name, file] of Object.entries(programs)) {
    await run('chmod', ['+x', path.join(own, file)])
    symlinkSync(path.join(own, file), path.join(bin, name))
  }
}

describe('the package that npm pack makes', () => {
  it('holds what is needed and nothing else, and its demo runs in an empty folder', async () => {
    const folder = temporaryFolder()
    const copy = await builtRepository(folder)
    const packed = JSON.parse(
      await npm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder], copy),
    ) as readonly [{ readonly filename: string; readonly files: readonly { path: string }[] }]
    const files = packed[0].files.map((file) => file.path)

    expect(files).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'CHANGELOG.md',
        'app.yml',
        'dist/main.js',
        'docs/operations.md',
        'man/patchferry.1',
        'templates/mail/failure.liquid',
        'templates/systemd/bubblewrap.conf',
        'templates/systemd/patchferry-backup.service',
        'templates/systemd/patchferry-backup.timer',
        'templates/systemd/patchferry.service',
        'templates/systemd/patchferry.sysusers.conf',
        'templates/systemd/patchferry-sync.service',
        'templates/systemd/patchferry-sync.timer',
        'templates/workflows/github.yml',
      ]),
    )
    expect(files.filter((file) => !/^(?:dist|docs|man|templates)\//.test(file)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'app.yml',
      'package.json',
    ])
    expect(files.filter((file) => file.startsWith('dist/') && !file.endsWith('.js'))).toEqual([])

    const empty = path.join(folder, 'empty')
    await install(path.join(folder, packed[0].filename), empty)
    const installed = path.join(empty, 'node_modules/patchferry')
    for (const file of files) {
      expect(readFileSync(path.join(installed, file), 'latin1')).not.toContain(root)
    }
    const { version } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8')) as {
      readonly version: string
    }

    expect(await npm(['exec', '--no', '--', 'patchferry', '--version'], empty)).toBe(`${version}\n`)
    const said = await npm(
      ['exec', '--no', '--', 'patchferry', 'demo', '--once', '--directory', 'demo'],
      empty,
    )
    expect(said).toContain('Every outcome is as expected.')
    expect(said).not.toContain('Dashboard')
    expect(readdirSync(empty)).toEqual(['demo', 'node_modules'])
  }, 180_000)

  it('is built when it is packed, from nothing', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>
    }
    // npm runs both before it packs, in this order; `npm ci` runs the second alone.
    expect(scripts['prepack']).toMatch(/rmSync\('dist'/)
    expect(scripts['prepare']).toBe('npm run build')
  })
})
