import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/load-config.ts'
import { changedConfig } from '../support/config-text.ts'

function noCommand(): never {
  throw new Error('nothing is run here')
}

const key = `-----BEGIN RSA PRIVATE KEY-----\n${'x'.repeat(64)}\n-----END RSA PRIVATE KEY-----\n`
const secrets: Readonly<Record<string, string>> = {
  '/etc/patchferry/app.pem': key,
  '/etc/patchferry/hook': 'a webhook secret of some length\n',
  '/etc/patchferry/token': 'forge-token-1\n',
}

function read(changes: Readonly<Record<string, unknown>>): ReturnType<typeof parseConfig> {
  return parseConfig(changedConfig(changes), '/etc/patchferry/patchferry.yml', {
    environment: {},
    runCommand: noCommand,
    readFile: (file) => {
      const text = secrets[file]
      if (text === undefined) {
        throw new Error(`no ${file}`)
      }
      return text
    },
  })
}

function problemsOf(changes: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    read(changes)
    return []
  } catch (error) {
    const { details } = error as { details: { problems: { key: string; message: string }[] } }
    return details.problems.map(({ key: at, message }) => `${at} ${message}`)
  }
}

const app = {
  name: 'github',
  kind: 'github',
  app: { id: 17, keyFile: './app.pem' },
  webhook: { secretFile: './hook' },
}
const codeberg = {
  name: 'codeberg',
  kind: 'forgejo',
  url: 'https://codeberg.org/',
  tokenFile: './token',
}
const onGithub = {
  forge: 'github',
  url: 'https://github.com/example/hello.git',
  placement: 'fork',
  fork: 'https://github.com/example-bot/hello.git',
}
const onCodeberg = {
  forge: 'codeberg',
  url: 'https://codeberg.org/example/hello',
  placement: 'agit',
  fork: 'https://codeberg.org/bot/hello',
}

describe('an account on a forge', () => {
  it('is a GitHub App with its key, and signs what it sends', () => {
    const config = read({ forges: [app], 'projects.0.mirror': onGithub })

    expect(config.forges).toMatchObject([
      {
        name: 'github',
        kind: 'github',
        url: 'https://github.com',
        apiUrl: 'https://api.github.com',
        access: { kind: 'app', appId: 17, installationId: null },
        smeeUrl: null,
        pollMs: 600_000,
      },
    ])
    expect(config.forges[0]?.webhookSecret?.reveal()).toBe('a webhook secret of some length')
    expect(config.projects[0]).toMatchObject({
      placement: 'fork',
      mirrorUrl: 'https://github.com/example/hello.git',
      forge: {
        repository: { owner: 'example', name: 'hello' },
        heads: { owner: 'example-bot', name: 'hello' },
        headsUrl: 'https://github.com/example-bot/hello.git',
      },
      checks: { expected: [], quietMs: 120_000 },
    })
    const { access } = config.forges[0] ?? {}
    expect(access?.kind === 'app' && access.privateKey.reveal()).toBe(key.trim())
    expect(config.secrets()).toContain(key.trim())
    expect(JSON.stringify(config.forges)).not.toContain('BEGIN')
  })

  it.each([
    [{ kind: 'github' }, 'https://api.github.com'],
    [{ kind: 'github', url: 'https://ghe.example.org' }, 'https://ghe.example.org/api/v3'],
    [
      { kind: 'gitea', url: 'https://git.example.org/gitea' },
      'https://git.example.org/gitea/api/v1',
    ],
    [{ kind: 'github', api: 'http://127.0.0.1:3000/api/v3/' }, 'http://127.0.0.1:3000/api/v3'],
  ])('%j has its API at %s', (changes, apiUrl) => {
    const account = { name: 'f', tokenFile: './token', ...changes }
    expect(read({ forges: [account] }).forges[0]?.apiUrl).toBe(apiUrl)
  })

  it('keeps the heads of a mirror without secrets in the mirror', () => {
    const mirror = {
      forge: 'codeberg',
      url: 'https://codeberg.org/example/hello.git',
      placement: 'secretless-mirror',
    }
    expect(
      read({ forges: [codeberg], 'projects.0.mirror': mirror }).projects[0]?.forge,
    ).toMatchObject({
      account: { kind: 'forgejo', url: 'https://codeberg.org' },
      repository: { owner: 'example', name: 'hello' },
      heads: { owner: 'example', name: 'hello' },
      headsUrl: 'https://codeberg.org/example/hello.git',
    })
  })

  it('is not needed for a plain repository', () => {
    expect(read({})).toMatchObject({ forges: [], projects: [{ forge: null, placement: null }] })
  })
})

describe('a mistake about forges is named', () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      'an unknown name',
      { 'projects.0.mirror.forge': 'githib', forges: [app] },
      'is no forge of this file',
    ],
    [
      'an App without webhook secret',
      { forges: [{ ...app, webhook: undefined }] },
      'forges[0].webhook is missing',
    ],
    ['an App and a token', { forges: [{ ...app, tokenFile: './token' }] }, 'is given beside `app`'],
    [
      'an App on Forgejo',
      { forges: [{ ...codeberg, app: app.app, webhook: app.webhook }] },
      'is for GitHub alone',
    ],
    [
      'neither App nor token',
      { forges: [{ name: 'f', kind: 'github' }] },
      'forges[0].tokenFile is missing',
    ],
    [
      'a server without address',
      { forges: [{ ...codeberg, url: undefined }] },
      'forges[0].url is missing',
    ],
    [
      'a short webhook secret',
      { forges: [{ ...app, webhook: { secretFile: './token' } }] },
      'fewer than 20',
    ],
    [
      'a key that is none',
      { forges: [{ ...app, app: { id: 1, keyFile: './hook' } }] },
      'characters',
    ],
    ['two of one name', { forges: [app, { ...codeberg, name: 'github' }] }, 'is used twice'],
    [
      'no placement',
      {
        forges: [app],
        'projects.0.mirror': { ...onGithub, placement: undefined, fork: undefined },
      },
      'placement is missing',
    ],
    [
      'a fork that is missing',
      { forges: [codeberg], 'projects.0.mirror': { ...onCodeberg, fork: undefined } },
      'which `agit` needs',
    ],
    [
      'a fork without use',
      { forges: [app], 'projects.0.mirror': { ...onGithub, placement: 'same-repo' } },
      'has no effect with `same-repo`',
    ],
    [
      'AGit on GitHub',
      { forges: [app], 'projects.0.mirror': { ...onGithub, placement: 'agit' } },
      'is not known to GitHub',
    ],
    [
      'a mirror elsewhere',
      { forges: [app], 'projects.0.mirror': { ...onGithub, url: 'https://gitlab.com/a/b' } },
      'is not on https://github.com',
    ],
    [
      'a mirror that is a path',
      { forges: [app], 'projects.0.mirror': { ...onGithub, url: './mirror.git' } },
      'is no repository of a forge',
    ],
    [
      'a password beside it',
      { forges: [app], 'projects.0.mirror': { ...onGithub, user: 'x' } },
      'has no effect: git logs in',
    ],
    [
      'a placement of a plain one',
      { 'projects.0.mirror.placement': 'fork' },
      'has no effect with `forge: plain`',
    ],
    [
      'a URL with a password',
      { forges: [{ ...codeberg, url: 'https://a:b@codeberg.org' }] },
      'is no web address',
    ],
  ])('%s', (_, changes, problem) => {
    expect(problemsOf(changes).join('\n')).toContain(problem)
  })
})

describe('where people fetch from', () => {
  const fork = 'https://github.com/example-bot/hello.git'

  it.each<[string, Record<string, unknown>, string]>([
    ['the fork', {}, fork],
    [
      'the fork by the name of the server that the mirror is known by',
      { publicUrl: 'https://git.example.org/example/hello.git' },
      'https://git.example.org/example-bot/hello.git',
    ],
    [
      'what is given',
      {
        publicUrl: 'https://git.example.org/hello.git',
        publicForkUrl: 'https://mirror.example.net/hello.git',
      },
      'https://mirror.example.net/hello.git',
    ],
    ['the fork, where the mirror is no URL to people', { publicUrl: './hello.git' }, fork],
  ])('is %s', (_, more, expected) => {
    const [project] = read({
      forges: [app],
      'projects.0.mirror': { ...onGithub, ...more },
    }).projects
    expect(project?.publicHeadsUrl).toBe(expected)
  })

  it('has no credentials, and belongs to a fork', () => {
    const mirror = { ...onGithub, publicForkUrl: 'https://bot:word@git.example.org/hello.git' }
    expect(problemsOf({ forges: [app], 'projects.0.mirror': mirror })).toEqual([
      'projects[0].mirror.publicForkUrl holds credentials',
    ])
    const inMirror = {
      forge: 'github',
      url: onGithub.url,
      placement: 'secretless-mirror',
      publicForkUrl: 'https://git.example.org/hello.git',
    }
    expect(problemsOf({ forges: [app], 'projects.0.mirror': inMirror })).toEqual([
      'projects[0].mirror.publicForkUrl has no effect with `secretless-mirror`',
    ])
  })
})

describe('an overlay', () => {
  const mirror = { ...onGithub, overlay: './ci-overlay' }

  it('is a folder beside the configuration, on top of what comes from upstream', () => {
    const upstream = { url: 'https://git.example.org/hello.git' }
    const changes = { forges: [app], 'projects.0.mirror': mirror, 'projects.0.upstream': upstream }
    expect(read(changes).projects[0]?.overlayFolder).toBe('/etc/patchferry/ci-overlay')
  })

  it('is refused where the mirror itself is upstream', () => {
    expect(problemsOf({ forges: [app], 'projects.0.mirror': mirror })).toEqual([
      'projects[0].mirror.overlay needs `upstream`: the mirror is upstream here',
    ])
  })
})
