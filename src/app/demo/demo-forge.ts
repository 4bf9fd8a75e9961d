import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type RepositoryName, repositoryOn } from '../../config/repository-name.ts'
import { BotError } from '../../core/bot-error.ts'
import { type RecognisedForge, recogniseForge } from '../../forge/recognise-forge.ts'
import type { Terminal } from '../terminal.ts'

/** Where the token is looked for when no file is named. */
export const tokenVariable = 'PATCHFERRY_FORGE_TOKEN'

/** What a person asks for with `--forge`. */
export interface ForgeWish {
  /** Of a repository, as people open or clone it. */
  readonly url: string
  /** Null: the token is in the environment. */
  readonly tokenFile: string | null
  /** Label of a runner of the forge that shall test; null: this machine tests. */
  readonly runner: string | null
  /** The repository may hold other things too. */
  readonly mayShare: boolean
}

/** A repository on a real forge that the demo plays in. */
export interface DemoForge {
  readonly kind: NonNullable<RecognisedForge>
  /** Of the forge, without a slash at its end. */
  readonly url: string
  readonly repository: RepositoryName
  readonly cloneUrl: string
  /** How the configuration names the token, which it never holds itself. */
  readonly tokenSetting: string
  readonly runner: string | null
  readonly mayShare: boolean
}

/** The branch on the forge that pull requests are made for: a name that nobody else has. */
export const demoBranch = 'patchferry-demo'

async function readToken(
  { tokenFile }: ForgeWish,
  { env, cwd }: Terminal,
): Promise<{ readonly token: string; readonly setting: string }> {
  if (tokenFile !== null) {
    const file = path.resolve(cwd, tokenFile)
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw new BotError('CLI_DEMO_TOKEN_MISSING', `${file} cannot be read`, {
        retry: 'after-human',
        cause: error,
      })
    })
    return { token: text.trim(), setting: `tokenFile: ${JSON.stringify(file)}` }
  }
  return { token: env[tokenVariable]?.trim() ?? '', setting: `token: \${${tokenVariable}}` }
}

/** Null where `url` is no http or https address of a repository, or holds a password. */
export function readForgeUrl(
  url: string,
): { readonly root: string; readonly repository: RepositoryName } | null {
  const repository = repositoryOn(url)
  if (repository === null || !URL.canParse(url)) {
    return null
  }
  const { origin, pathname, username, password, search, hash } = new URL(url)
  if (`${username}${password}${search}${hash}` !== '') {
    return null
  }
  const above = pathname.replace(/\/+$/, '').split('/').slice(0, -2)
  return { root: `${origin}${above.join('/')}`, repository }
}

/**
 * Reads the token, and asks the server what it is. Throws CLI_DEMO_TOKEN_MISSING, CLI_DEMO_FORGE_UNKNOWN, FORGE_UNREACHABLE, and
 * TypeError for a URL that `readForgeUrl` does not take.
 */
export async function findDemoForge(
  wish: ForgeWish,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<DemoForge> {
  const place = readForgeUrl(wish.url)
  if (place === null) {
    throw new TypeError(`no repository of a forge: ${wish.url}`)
  }
  const { token, setting } = await readToken(wish, terminal)
  if (token === '') {
    const message = 'there is no token for the forge: neither a file nor the environment has one'
    throw new BotError('CLI_DEMO_TOKEN_MISSING', message, { retry: 'after-human' })
  }
  const kind = await recogniseForge(place.root, token, signal)
  if (kind === null) {
    const message = `${place.root} is neither GitHub, nor Forgejo, nor Gitea`
    throw new BotError('CLI_DEMO_FORGE_UNKNOWN', message, { retry: 'after-human' })
  }
  const { owner, name } = place.repository
  return {
    kind,
    url: place.root,
    repository: place.repository,
    cloneUrl: `${place.root}/${owner}/${name}.git`,
    tokenSetting: setting,
    runner: wish.runner,
    mayShare: wish.mayShare,
  }
}
