import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, chmod, copyFile, link, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { BotError } from '../../core/bot-error.ts'
import { gitText } from '../../git/cli/run-git.ts'
import { makeFolder } from '../../util/make-folder.ts'
import { onPath } from '../file-system-error.ts'
import type { Interview } from './interview.ts'
import { isDistant } from './to-answers.ts'

export interface Written {
  readonly config: string
  readonly tokenFile: string
  /** Folders, repositories and files of secrets that were not there and are now. */
  readonly made: readonly string[]
  /** Where the file is now that was there before; null where there was none. */
  readonly previous: string | null
}

export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

async function makeMaildir(directory: string): Promise<readonly string[]> {
  if (await exists(path.join(directory, 'new'))) {
    return []
  }
  for (const folder of ['tmp', 'new', 'cur']) {
    await makeFolder(path.join(directory, folder))
  }
  return [directory]
}

async function makeMirror(url: string): Promise<readonly string[]> {
  if (isDistant(url) || (await exists(url))) {
    return []
  }
  await gitText(['init', '--quiet', '--bare', url])
  return [url]
}

/** For nobody else's eyes, whole or not at all. A file that is there is replaced: its words were just typed. */
async function writeSecret(file: string, text: string): Promise<void> {
  await makeFolder(path.dirname(file), 0o700)
  const draft = `${file}.${process.pid}.new`
  try {
    await onPath(draft, () => writeFile(draft, `${text}\n`, { flag: 'wx', mode: 0o600 }))
    await chmod(draft, 0o600)
    await rename(draft, file)
  } finally {
    await rm(draft, { force: true })
  }
}

function isThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}

/** Copies it beside itself, under a name that no earlier copy has. Gives that name. */
async function keepOld(file: string): Promise<string> {
  for (let count = 1; ; count += 1) {
    const previous = count === 1 ? `${file}.old` : `${file}.old.${count}`
    try {
      await copyFile(file, previous, constants.COPYFILE_EXCL)
      return previous
    } catch (error) {
      if (!isThere(error)) {
        await rm(previous, { force: true })
        throw error
      }
    }
  }
}

/**
 * Appears whole under its name; what was there is copied first. Throws CLI_FILE_EXISTS where `mayReplace` is false and somebody
 * else was quicker.
 */
export async function writeWhole(
  file: string,
  text: string,
  mayReplace: boolean,
): Promise<string | null> {
  const draft = `${file}.${process.pid}.new`
  await makeFolder(path.dirname(file))
  try {
    await onPath(draft, () => writeFile(draft, text, { flag: 'wx' }))
    if (mayReplace && (await exists(file))) {
      const previous = await keepOld(file)
      await rename(draft, file)
      return previous
    }
    await link(draft, file)
    return null
  } catch (error) {
    throw isThere(error) ? fileExists(file) : error
  } finally {
    await rm(draft, { force: true })
  }
}

export function fileExists(file: string): BotError {
  return new BotError('CLI_FILE_EXISTS', `${file} is there already`, {
    retry: 'never',
    remedy:
      'Give --force to write over it, which keeps the old one beside it, or name another file with --config.',
  })
}

/**
 * Makes what is local and missing, Maildirs and a bare mirror, and writes the configuration, with the secrets in files of their
 * own. The configuration comes last and appears whole. Throws CLI_FILE_EXISTS unless `mayReplace`.
 */
export async function writeConfig(
  { text, secrets, config }: Interview,
  mayReplace: boolean,
): Promise<Written> {
  const { file } = config
  if (!mayReplace && (await exists(file))) {
    throw fileExists(file)
  }
  const tokenFile = path.join(path.dirname(file), 'operator-token')
  const made: string[] = []
  for (const source of config.sources) {
    made.push(...(source.kind === 'maildir' ? await makeMaildir(source.path) : []))
  }
  const { way } = config.delivery
  made.push(...(way.kind === 'maildir' ? await makeMaildir(way.path) : []))
  for (const { forge, mirrorUrl } of config.projects) {
    made.push(...(forge === null ? await makeMirror(mirrorUrl) : []))
  }
  for (const [place, secret] of secrets) {
    await writeSecret(place, secret)
    made.push(place)
  }
  if (!(await exists(tokenFile))) {
    await writeSecret(tokenFile, randomBytes(24).toString('base64url'))
  }
  const previous = await writeWhole(file, text, mayReplace)
  return { config: file, tokenFile, made, previous }
}
