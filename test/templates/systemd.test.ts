import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
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

describe.skipIf(missing !== null)(`systemd units${missing === null ? '' : ` (${missing})`}`, () => {
  it.each([...services, 'patchferry-sync.timer'])('%s is taken without a word', (name) => {
    for (const dropIn of [false, true]) {
      const file = path.join(installed(dropIn), name)
      expect(analyze(['verify', '--man=no', file])).toEqual({ status: 0, said: '' })
    }
  })

  it.each([
    ['patchferry.service', false, 11],
    ['patchferry-sync.service', false, 11],
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
