import { randomBytes } from 'node:crypto'
import { access, chmod, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type ConfigAnswers, exampleConfig } from '../config/example-config.ts'
import { loadConfig } from '../config/load-config.ts'
import { BotError } from '../core/bot-error.ts'
import { gitText } from '../git/cli/run-git.ts'
import type { Terminal } from './terminal.ts'

export interface Written {
  readonly config: string
  readonly tokenFile: string
  /** Folders and repositories that were not there and are now. */
  readonly made: readonly string[]
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

/**
 * What `--source` names: an mbox file by its name, a public-inbox where it is a URL, a `.git` folder or one that holds
 * repositories as public-inbox lays them out, else a Maildir.
 */
export async function kindOfSource(
  source: string,
  cwd: string,
): Promise<ConfigAnswers['source']['kind']> {
  if (/\.mbox$/i.test(source)) {
    return 'mbox'
  }
  if (isAddress(source) || /\.git\/?$/.test(source)) {
    return 'publicInbox'
  }
  const folder = path.resolve(cwd, source)
  const holdsInbox = (await exists(path.join(folder, 'git'))) || (await exists(`${folder}/HEAD`))
  return holdsInbox ? 'publicInbox' : 'maildir'
}

/** Whether git would ask another machine for it. */
function isAddress(url: string): boolean {
  return url.includes('://') || /^[^/]+@?[^/]*:/.test(url)
}

async function makeMaildir(directory: string): Promise<readonly string[]> {
  if (await exists(path.join(directory, 'new'))) {
    return []
  }
  for (const folder of ['tmp', 'new', 'cur']) {
    await mkdir(path.join(directory, folder), { recursive: true })
  }
  return [directory]
}

async function makeMirror(url: string, cwd: string): Promise<readonly string[]> {
  const directory = path.resolve(cwd, url)
  if (isAddress(url) || (await exists(directory))) {
    return []
  }
  await gitText(['init', '--quiet', '--bare', directory])
  return [directory]
}

/**
 * Writes a commented configuration with the secrets outside it, and makes what is local and missing: Maildirs and a
 * bare mirror. It begins in dry-run. Throws CLI_FILE_EXISTS; nothing is ever written over.
 */
export async function initConfig(
  file: string,
  answers: Omit<ConfigAnswers, 'operatorToken'>,
  terminal: Terminal,
): Promise<Written> {
  const config = path.resolve(terminal.cwd, file)
  const folder = path.dirname(config)
  const tokenFile = path.join(folder, 'operator-token')
  if (await exists(config)) {
    throw new BotError('CLI_FILE_EXISTS', `${config} is there already`, {
      retry: 'never',
    })
  }
  const text = exampleConfig({
    ...answers,
    operatorToken: { name: 'operator', file: './operator-token' },
  })
  await mkdir(folder, { recursive: true })
  if (!(await exists(tokenFile))) {
    await writeFile(tokenFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 })
    await chmod(tokenFile, 0o600)
  }
  await writeFile(config, text, { flag: 'wx' })
  const loaded = await loadConfig(config, terminal.env)
  const made: string[] = []
  for (const source of loaded.sources) {
    if (source.kind === 'maildir') {
      made.push(...(await makeMaildir(source.path)))
    }
  }
  const { way } = loaded.delivery
  if (way.kind === 'maildir') {
    made.push(...(await makeMaildir(way.path)))
  }
  made.push(...(await makeMirror(answers.mirrorUrl, folder)))
  return { config, tokenFile, made }
}
