import { BotError } from '../../core/bot-error.ts'
import type { ForgeFinding } from '../forge.ts'
import { type RepositoryAnswer, repositoryAnswer } from './answers.ts'
import { fullName, isSameRepository, type RepositoryAccess } from './repository-access.ts'

function ok(what: string, message: string): ForgeFinding {
  return { what, level: 'ok', message, remedy: null }
}

function wrong(
  what: string,
  level: 'warning' | 'failing',
  message: string,
  remedy: string,
): ForgeFinding {
  return { what, level, message, remedy }
}

const scopes = 'write:repository, write:issue and read:user'

/**
 * Looks at the account, the version, the repository, the fork and the scopes of the token. A scope for writing is tried on a
 * pull request that cannot exist, number 0: the scope is looked at first, and nothing is there to be changed.
 */
export async function examineGitea(
  access: RepositoryAccess,
  signal: AbortSignal,
): Promise<readonly ForgeFinding[]> {
  const { dialect, path } = access
  const account = await lookAt('account', signal, async () => {
    const login = await access.login(signal)
    return [ok('account', `the token is ${login}'s`)]
  })
  const version = dialect.isTooOld
    ? wrong(
        'version',
        'warning',
        `${dialect.product} ${dialect.version} is older than what Patchferry was tried with`,
        'Use Forgejo 11 or later, or Gitea 1.22 or later.',
      )
    : ok('version', `${dialect.product} ${dialect.version}`)
  const repository = await lookAt('repository', signal, () => lookAtRepository(access, signal))
  const heads = isSameRepository(fullName(access.heads), fullName(access.repository))
    ? []
    : await lookAt('fork', signal, () => lookAtFork(access, signal))
  const probes = [
    { scope: 'write:repository', method: 'PATCH', url: `${path}/pulls/0`, body: {} },
    {
      scope: 'write:issue',
      method: 'POST',
      url: `${path}/issues/0/comments`,
      body: { body: 'Patchferry' },
    },
  ]
  const writing: ForgeFinding[] = []
  for (const probe of probes) {
    writing.push(...(await lookAt(probe.scope, signal, () => tryScope(access, probe, signal))))
  }
  return [...account, version, ...repository, ...heads, ...writing]
}

async function lookAt(
  what: string,
  signal: AbortSignal,
  look: () => Promise<readonly ForgeFinding[]>,
): Promise<readonly ForgeFinding[]> {
  try {
    return await look()
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof BotError)) {
      throw error
    }
    return [wrong(what, 'failing', error.message, remedyOf(error.code))]
  }
}

function remedyOf(code: string): string {
  switch (code) {
    case 'FORGE_FORBIDDEN':
      return `Make a token of the bot's account with the scopes ${scopes}.`
    case 'FORGE_NOT_FOUND':
      return 'Compare the URL with the forge, and let the account of the bot see the repository.'
    default:
      return 'Try again later, and look whether this machine reaches the forge.'
  }
}

async function lookAtRepository(
  { client, path, repository, heads }: RepositoryAccess,
  signal: AbortSignal,
): Promise<readonly ForgeFinding[]> {
  const name = fullName(repository)
  const there = await client.get(path, repositoryAnswer, signal)
  const findings = [...(there.archived === true ? [archived(name)] : []), ...missingUnits(there)]
  const isWriting = isSameRepository(name, fullName(heads))
  if (there.permissions?.push !== true) {
    findings.push(
      wrong(
        'permission',
        isWriting ? 'failing' : 'warning',
        `the account may not write to ${name}: it sets no labels and no statuses there`,
        `Make it a collaborator of ${name} who may write, or do without labels and statuses.`,
      ),
    )
  }
  return findings.length > 0 ? findings : [ok('repository', `${name} takes pull requests`)]
}

function archived(name: string): ForgeFinding {
  return wrong('repository', 'failing', `${name} is archived`, 'Take it out of the archive.')
}

function missingUnits(there: RepositoryAnswer): readonly ForgeFinding[] {
  const name = there.full_name
  return [
    ...(there.has_pull_requests === false
      ? [
          wrong(
            'pull requests',
            'failing',
            `pull requests are turned off in ${name}`,
            'Turn them on in the settings of the repository.',
          ),
        ]
      : []),
    ...(there.has_actions === false
      ? [
          wrong(
            'actions',
            'warning',
            `Actions are turned off in ${name}: only other CI can report`,
            'Turn them on in the settings of the repository, if they shall run the tests.',
          ),
        ]
      : []),
  ]
}

async function lookAtFork(
  { client, heads, repository }: RepositoryAccess,
  signal: AbortSignal,
): Promise<readonly ForgeFinding[]> {
  const [name, from] = [fullName(heads), fullName(repository)]
  if (heads.owner.toLowerCase() === repository.owner.toLowerCase()) {
    const message = `${name} and ${from} have one owner, who has no fork of what is his`
    return [wrong('fork', 'failing', message, `Let another account fork ${from}.`)]
  }
  const path = `/repos/${encodeURIComponent(heads.owner)}/${encodeURIComponent(heads.name)}`
  const there = await client.get(path, repositoryAnswer, signal)
  if (there.fork !== true || !isSameRepository(there.parent?.full_name ?? '', from)) {
    return [wrong('fork', 'failing', `${name} is no fork of ${from}`, `Fork ${from} as ${name}.`)]
  }
  return there.permissions?.push === true
    ? [ok('fork', `${name} is a fork that the account may write to`)]
    : [
        wrong(
          'fork',
          'failing',
          `the account may not write to ${name}`,
          'Let the account of the bot own the fork.',
        ),
      ]
}

async function tryScope(
  { client }: RepositoryAccess,
  probe: {
    readonly scope: string
    readonly method: string
    readonly url: string
    readonly body: unknown
  },
  signal: AbortSignal,
): Promise<readonly ForgeFinding[]> {
  const { scope, method, url, body } = probe
  await client.ask(method, url, { body, also: [404, 422, 500] }, signal)
  return [ok(scope, `the token has ${scope}`)]
}
