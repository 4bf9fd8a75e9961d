import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { configEntries } from '../../src/config/entries.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { changedConfig } from '../support/config-text.ts'
import { runHere } from '../support/run-patchferry.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const pem = `-----BEGIN RSA PRIVATE KEY-----\n${'x'.repeat(64)}\n-----END RSA PRIVATE KEY-----`
const forge = { name: 'github', kind: 'github', url: 'https://github.com' }
const webhook = { secretFile: 'webhook' }
const repository = 'https://git.example.org/hello.git'

/** Each secret of a configuration: the mapping around it, its key, and where it is found afterwards. */
const secrets: readonly (readonly [
  what: string,
  changes: (given: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
  key: string,
  read: (config: Config) => string | undefined,
])[] = [
  [
    'the token of a person',
    (given) => ({ 'web.operator.tokens': [{ name: 'jane', ...given }] }),
    'token',
    ({ web }) => web.operator.tokens[0]?.token.reveal(),
  ],
  [
    'the password of a mirror',
    (given) => ({
      'projects.0.mirror': { forge: 'plain', url: repository, user: 'bot', ...given },
    }),
    'password',
    ({ projects }) =>
      Buffer.from(projects[0]?.mirrorAuthorization?.reveal().replace('Basic ', '') ?? '', 'base64')
        .toString()
        .replace('bot:', ''),
  ],
  [
    'the token of a forge',
    (given) => ({ forges: [{ ...forge, ...given }] }),
    'token',
    ({ forges }) =>
      forges[0]?.access.kind === 'token' ? forges[0].access.token.reveal() : undefined,
  ],
  [
    'the key of a GitHub App',
    (given) => ({ forges: [{ ...forge, webhook, app: { id: 17, ...given } }] }),
    'key',
    ({ forges }) =>
      forges[0]?.access.kind === 'app' ? forges[0].access.privateKey.reveal() : undefined,
  ],
  [
    'the secret of webhooks',
    (given) => ({ forges: [{ ...forge, tokenFile: 'webhook', webhook: given }] }),
    'secret',
    ({ forges }) => forges[0]?.webhookSecret?.reveal(),
  ],
]

interface Place {
  readonly config: string
  readonly credentials: string
}

/** A configuration in a folder of its own, with secrets in files beside it and by credentials. */
function place(changes: Readonly<Record<string, unknown>>, secret: string): Place {
  const folder = temporaryFolder()
  const credentials = path.join(folder, 'credentials')
  mkdirSync(credentials)
  const config = path.join(folder, 'patchferry.yml')
  writeFileSync(config, changedConfig(changes))
  writeFileSync(path.join(folder, 'webhook'), 'a webhook secret of some length\n')
  writeFileSync(path.join(folder, 'secret'), `${secret}\n`)
  writeFileSync(path.join(credentials, 'secrets_it'), `${secret}\n`)
  const program = path.join(folder, 'print')
  writeFileSync(program, `#!/bin/sh\ncat ${folder}/secret\necho beside it\necho said >&2\n`)
  chmodSync(program, 0o700)
  return { config, credentials }
}

function environmentOf({ credentials }: Place): Readonly<Record<string, string | undefined>> {
  return { PATH: process.env['PATH'], CREDENTIALS_DIRECTORY: credentials }
}

describe('secrets', () => {
  it('can all be given by a file and by a command', () => {
    const patterns = new Set(configEntries().map(({ pattern }) => pattern))
    const files = configEntries()
      .filter(({ type }) => type === 'secret file')
      .map(({ pattern }) => pattern)

    expect(files.length).toBeGreaterThan(7)
    for (const file of files) {
      expect(patterns).toContain(file.replace(/File$/, 'Command'))
    }
  })

  it.each(secrets)(
    '%s comes from a file, a credential or a command',
    async (_what, changes, key, read) => {
      const secret = key === 'key' ? pem : 'a secret of some length'
      const ways = {
        file: { [`${key}File`]: './secret' },
        credential: { [`${key}File`]: '${CREDENTIALS_DIRECTORY}/secrets_it' },
        command: {
          [`${key}Command`]: [
            'sh',
            '-c',
            key === 'key' ? `printf '%s' '${pem}'` : `echo '${secret}'; echo beside it`,
          ],
        },
      }
      for (const given of Object.values(ways)) {
        const at = place(changes(given), secret)
        for (const when of ['now', 'when-used'] as const) {
          const config = await loadConfig(at.config, environmentOf(at), when)

          expect(config.secrets().includes(secret)).toBe(when === 'now')
          expect(read(config)).toBe(secret)
          expect(config.secrets()).toContain(secret)
        }
      }
    },
  )

  it.each(secrets)('%s is given once', async (_what, changes, key) => {
    const both = { [`${key}File`]: './secret', [`${key}Command`]: ['cat', 'secret'] }
    const at = place(changes(both), 'x')

    await expect(loadConfig(at.config, {})).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`is given beside \`${key}File\``) as unknown,
    })
  })

  it.each([
    [['sh', '-c', 'echo private >&2; exit 3'], 'gives no secret: sh ended with 3'],
    [['no-such-program'], 'gives no secret: no-such-program ended with ENOENT'],
    [['true'], 'leads to an empty secret'],
    [['env'], null],
  ])('of a command that does not do: %j', async (argv, says) => {
    const at = place({ 'web.operator.tokens': [{ name: 'jane', tokenCommand: argv }] }, 'x')
    const environment = {
      ...environmentOf(at),
      OTHER: 'not for it',
      PATH: `${process.env['PATH']}`,
    }
    const told = await loadConfig(at.config, environment).then(
      ({ web }) => web.operator.tokens[0]?.token.reveal() ?? '',
      (error: unknown) => String(error),
    )

    expect(told).toContain(says ?? 'PATH=')
    expect(told).not.toContain('private')
    expect(told).not.toContain('OTHER')
  })

  it.each([
    [['sh', '-c', 'exit 3'], 75, 'CONFIG_SECRET_UNREADABLE: secrets cannot be had just now:'],
    [['no-such-program'], 2, 'CONFIG_INVALID'],
  ])('that %j does not print end the service with %d', async (argv, exitCode, says) => {
    const at = place({ 'web.operator.tokens': [{ name: 'jane', tokenCommand: argv }] }, 'x')
    const env = { PATH: `${process.env['PATH']}` }

    const end = await runHere(['serve', '--config', at.config], { env })

    expect(end).toMatchObject({ exitCode, stderr: expect.stringContaining(says) as unknown })
    expect(end.stderr).toMatch(/tokenCommand gives no secret: .*\n +Run it by hand/)
  })

  it('in files are told apart by whether a new one needs a restart', async () => {
    const app = { id: 17, keyFile: 'key' }
    const at = place(
      {
        forges: [{ ...forge, webhook, app }],
        'web.operator.tokens': [{ name: 'jane', tokenFile: 'secret' }],
      },
      'a secret of some length',
    )
    const folder = path.dirname(at.config)
    writeFileSync(path.join(folder, 'key'), pem)

    const { secretFiles } = await loadConfig(at.config, {})

    const needed = Object.fromEntries(
      secretFiles.map(({ file, isLive }) => [path.basename(file), isLive ? 'live' : 'restart']),
    )
    expect(needed).toEqual({ key: 'live', webhook: 'restart', secret: 'restart' })
  })

  it('that only the service can read stop nobody who looks or acts beside it', async () => {
    const token = { name: 'jane', tokenFile: '${CREDENTIALS_DIRECTORY}/secrets_it' }
    const at = place({ 'web.operator.tokens': [token] }, 'a secret of some length')
    const cwd = path.dirname(at.config)

    expect(await runHere(['migrate', '--config', at.config], { cwd })).toMatchObject({
      exitCode: 0,
    })
    expect(await runHere(['status', '--config', at.config], { cwd })).toMatchObject({ exitCode: 0 })
    expect(await runHere(['sync', '--config', at.config], { cwd })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('CREDENTIALS_DIRECTORY') as unknown,
    })
    const config = await loadConfig(at.config, {}, 'when-used')
    expect(() => config.web.operator.tokens[0]?.token.reveal()).toThrow(
      expect.objectContaining({ code: 'CONFIG_SECRET_UNREADABLE' }),
    )
  })
})
