import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { exampleConfig, sampleAnswers } from '../../src/config/example-config.ts'
import { parseConfig } from '../../src/config/load-config.ts'
import { reasonToSkip } from '../support/programs.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const units = path.resolve(import.meta.dirname, '../../templates/systemd')
const missing = reasonToSkip('systemd-analyze', ['--version'])

interface Ended {
  readonly status: number | null
  readonly said: string
}

/** As `systemd-analyze` does for a service manager that does not run here. */
function analyze(args: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', SYSTEMD_COLORS: '0' },
  })
  return { status, said: stdout + stderr }
}

/** The units as they are installed; with `dropIn`, bubblewrap may be used. */
function installed(dropIn: boolean): string {
  const folder = temporaryFolder()
  for (const name of readdirSync(units).filter((file) => /\.(?:service|timer)$/.test(file))) {
    cpSync(path.join(units, name), path.join(folder, name))
    if (dropIn && name.endsWith('.service')) {
      mkdirSync(path.join(folder, `${name}.d`))
      cpSync(path.join(units, 'bubblewrap.conf'), path.join(folder, `${name}.d`, 'bubblewrap.conf'))
    }
  }
  return folder
}

/** Lines of a section that set something. */
function settings(file: string, section: string): readonly string[] {
  const text = readFileSync(path.join(units, file), 'utf8')
  const body = text.split(/^\[/m).find((part) => part.startsWith(`${section}]`)) ?? ''
  return body.split('\n').filter((line) => /^[A-Z]\w*=/.test(line))
}

const services = ['patchferry.service', 'patchferry-sync.service']
const backup = 'patchferry-backup.service'
const backupFolder = '/var/backups/patchferry'

describe.skipIf(missing !== null)(`systemd units${missing === null ? '' : ` (${missing})`}`, () => {
  it.each([...services, backup, 'patchferry-sync.timer', 'patchferry-backup.timer'])(
    '%s is taken without a word',
    (name) => {
      for (const dropIn of [false, true]) {
        const file = path.join(installed(dropIn), name)
        expect(analyze(['verify', '--man=no', file])).toEqual({ status: 0, said: '' })
      }
    },
  )

  it.each([
    ['patchferry.service', false, 11],
    ['patchferry-sync.service', false, 11],
    [backup, false, 11],
    ['patchferry.service', true, 31],
    ['patchferry-sync.service', true, 31],
  ])('%s is exposed little (bubblewrap: %s): at most %d tenths', (name, dropIn, threshold) => {
    const file = path.join(installed(dropIn), name)
    const judge = ['security', '--offline=true', '--no-pager', `--threshold=${threshold}`, file]
    const { status, said } = analyze(judge)

    expect(said).toContain(`Overall exposure level for ${name}`)
    expect(status).toBe(0)
  })
})

describe('the units', () => {
  it('confine service and pass alike', () => {
    const [service, pass] = services.map((name) =>
      settings(name, 'Service').filter(
        (line) =>
          !/^(?:Type|ExecStart|ExecReload|Restart\w*|Success\w*|Timeout\w*|Environment)=/.test(
            line,
          ),
      ),
    )
    expect(service).toEqual(pass)
    expect(service).toContain('User=patchferry')
    expect(service).toContain('ProtectSystem=strict')
    expect(service).toContain('StateDirectory=patchferry')
  })

  it('let the backup do less than the service, but for the folder that it writes to', () => {
    const more = settings(backup, 'Service').filter(
      (line) => !settings('patchferry-sync.service', 'Service').includes(line),
    )
    expect(more).toEqual([
      `ExecStart=/usr/bin/env patchferry backup --config /etc/patchferry/patchferry.yml ${backupFolder}`,
      `ReadWritePaths=${backupFolder}`,
      'Nice=10',
      'TimeoutStartSec=6h',
      'PrivateNetwork=yes',
      'RestrictAddressFamilies=AF_UNIX',
    ])
    expect(settings(backup, 'Unit')).toContain(`RequiresMountsFor=${backupFolder}`)
  })

  it('go on starting the service for as long as it takes, but not with a wrong configuration', () => {
    expect(settings('patchferry.service', 'Unit')).toContain('StartLimitIntervalSec=0')
    expect(settings('patchferry.service', 'Service')).toEqual(
      expect.arrayContaining([
        'Restart=on-failure',
        'RestartSec=30s',
        'RestartPreventExitStatus=2',
      ]),
    )
  })

  it('start commands that exist, of the account that sysusers makes', () => {
    const commands = services.flatMap((name) =>
      settings(name, 'Service').filter((line) => line.startsWith('ExecStart=')),
    )
    expect(commands).toEqual([
      'ExecStart=/usr/bin/env patchferry serve --config /etc/patchferry/patchferry.yml',
      'ExecStart=/usr/bin/env patchferry sync --config /etc/patchferry/patchferry.yml --max-time 50m',
    ])
    const accounts = readFileSync(path.join(units, 'patchferry.sysusers.conf'), 'utf8')
    expect(accounts).toMatch(/^u patchferry - /m)
  })
})

describe('the recipe of docs/operations.md', () => {
  const operations = path.resolve(import.meta.dirname, '../../docs/operations.md')
  const recipe = readFileSync(operations, 'utf8').split('## As a systemd service')[1] ?? ''

  it('makes of what `init` wrote a configuration that reads its secrets as credentials', () => {
    const folder = temporaryFolder()
    const file = { kind: 'file', path: './secrets/source' } as const
    const text = exampleConfig({
      ...sampleAnswers,
      source: {
        kind: 'imap',
        host: 'imap.example.org',
        port: null,
        fingerprint: null,
        security: 'tls',
        user: 'bot',
        secret: file,
        folders: ['INBOX'],
      },
      operatorToken: { name: 'operator', file: './operator-token' },
    })
    writeFileSync(path.join(folder, 'patchferry.yml'), text)
    const command = /^sed .*?(?=\s*\\\n\s*> \/etc\/patchferry\/patchferry\.yml$)/ms.exec(
      recipe,
    )?.[0]
    expect(command).toBeDefined()
    const { stdout } = spawnSync('sh', ['-c', command ?? ''], { cwd: folder, encoding: 'utf8' })
    const read: string[] = []
    const { stateDirectory } = parseConfig(stdout, '/etc/patchferry/patchferry.yml', {
      environment: { CREDENTIALS_DIRECTORY: '/run/credentials/patchferry.service' },
      runCommand: () => '',
      readFile(secret) {
        read.push(secret)
        return 'a secret that is long enough'
      },
    })

    expect(stateDirectory).toBe('/var/lib/patchferry')
    expect(read.toSorted()).toEqual([
      '/run/credentials/patchferry.service/secrets_operator-token',
      '/run/credentials/patchferry.service/secrets_source',
    ])
  })

  it('installs units that are there', () => {
    const named = [...recipe.matchAll(/\$units\/(?<name>[\w.-]+)/g)].map(
      (match) => match.groups?.['name'] ?? '',
    )
    expect(named.length).toBeGreaterThan(2)
    expect(named.filter((name) => !readdirSync(units).includes(name))).toEqual([])
  })
})
