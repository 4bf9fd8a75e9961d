import path from 'node:path'
import type { Secret } from './config.ts'
import { type KeyPath, keyPathText } from './entries.ts'
import { child, isPresent, items, type Loose, textOf } from './loose.ts'
import type { Finding } from './problem.ts'

/** Where secrets come from. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Text of the file at an absolute path; throws as `fs` does. */
  readonly readFile: (file: string) => string
}

/** What a secret is written as; with `File` at its end where a file holds it. A `key` is only ever in a file, of many lines. */
export type SecretKey = 'token' | 'password' | 'secret' | 'key'

/** A secret is written as one of two keys: `token` or `tokenFile`. */
interface SecretPlace {
  /** The mapping that holds the keys. */
  readonly parent: Loose
  readonly key: SecretKey
  readonly isRequired: boolean
  readonly minLength: number
}

const reference = /\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\}/

function places(root: Loose): readonly SecretPlace[] {
  const web = child(root, 'web')
  const tokens = ['public', 'operator']
    .flatMap((listener) => items(child(child(web, listener), 'tokens')))
    .map((parent) => ({ parent, key: 'token', isRequired: true, minLength: 20 }) as const)
  const passwords = items(child(root, 'projects'))
    .flatMap((project) => [child(project, 'mirror'), child(project, 'upstream')])
    .map((parent) => {
      const isRequired = isPresent(child(parent, 'user'))
      return { parent, key: 'password', isRequired, minLength: 1 } as const
    })
  const smtp = child(child(root, 'delivery'), 'smtp')
  const servers = items(child(root, 'lists'))
    .flatMap((list) => items(child(list, 'sources')))
    .map((source) => child(source, 'imap'))
    .concat(isPresent(child(smtp, 'user')) ? smtp : [])
    .filter(isPresent)
    .map((parent) => {
      const commands = ['passwordCommand', 'tokenFile', 'tokenCommand'].map((key) =>
        child(parent, key),
      )
      return {
        parent,
        key: 'password',
        isRequired: !commands.some(isPresent),
        minLength: 1,
      } as const
    })
  const forges = items(child(root, 'forges'))
  const accounts = forges.map((parent): SecretPlace => {
    const isRequired = !isPresent(child(parent, 'app'))
    return { parent, key: 'token', isRequired, minLength: 8 }
  })
  const apps = forges
    .map((one) => child(one, 'app'))
    .filter((app) => isPresent(child(app, 'keyFile')))
    .map((parent): SecretPlace => ({ parent, key: 'key', isRequired: true, minLength: 64 }))
  const webhooks = forges
    .map((one) => child(one, 'webhook'))
    .filter(isPresent)
    .map((parent): SecretPlace => ({ parent, key: 'secret', isRequired: true, minLength: 20 }))
  return [...tokens, ...passwords, ...servers, ...accounts, ...apps, ...webhooks]
}

type Read =
  | {
      readonly outcome: 'read'
      readonly value: string
      readonly from: Loose
      /** Absolute; null where it is a variable of the environment. */
      readonly file: string | null
    }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'wrong'; readonly finding: Finding }

function wrong(loose: Loose, message: string, remedy: string, at: Finding['at'] = 'value'): Read {
  return { outcome: 'wrong', finding: { keyPath: loose.keyPath, at, message, remedy } }
}

function fromVariable(
  loose: Loose,
  text: string,
  fileKey: string,
  surroundings: Surroundings,
): Read {
  const name = new RegExp(`^${reference.source}$`).exec(text.trim())?.groups?.['name']
  if (name === undefined) {
    return wrong(
      loose,
      'is a secret written into this file',
      `Take it out, and name a file that holds it with \`${fileKey}\`, or write \`\${NAME}\` of an environment variable.`,
    )
  }
  const value = surroundings.environment[name]
  return value === undefined
    ? wrong(
        loose,
        `needs the environment variable ${name}, which is not set`,
        `Set ${name} where Patchferry is started, or use \`${fileKey}\`.`,
      )
    : { outcome: 'read', value, from: loose, file: null }
}

/** The path may begin with a variable, such as the `CREDENTIALS_DIRECTORY` of systemd. */
function fromFile(loose: Loose, text: string, folder: string, surroundings: Surroundings): Read {
  const missing: string[] = []
  const expanded = text.replaceAll(new RegExp(reference, 'g'), (_, name: string) => {
    const value = surroundings.environment[name]
    if (value === undefined) {
      missing.push(name)
    }
    return value ?? ''
  })
  if (missing.length > 0) {
    const names = missing.join(', ')
    return wrong(loose, `needs ${names}, which is not set`, `Set it where Patchferry is started.`)
  }
  const file = path.resolve(folder, expanded)
  try {
    return { outcome: 'read', value: surroundings.readFile(file), from: loose, file }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const remedy = 'Create it, readable for the user that runs Patchferry and for nobody else.'
    return wrong(loose, `cannot be read: ${reason}`, remedy)
  }
}

function readPlace(place: SecretPlace, folder: string, surroundings: Surroundings): Read {
  const fileKey = `${place.key}File`
  const direct = child(place.parent, place.key)
  const file = child(place.parent, fileKey)
  if (isPresent(direct) && isPresent(file)) {
    const both = `is given beside \`${place.key}\``
    return wrong(file, both, 'Keep one of the two.', 'key')
  }
  if (!isPresent(direct) && !isPresent(file)) {
    return place.isRequired
      ? wrong(
          file,
          place.key === 'password' ? 'is missing beside `user`' : 'is missing',
          `Name a file that holds the ${place.key}: \`${fileKey}: ./secrets/${place.key}\`.`,
          'key',
        )
      : { outcome: 'absent' }
  }
  const text = textOf(isPresent(direct) ? direct : file)
  if (text === null) {
    return { outcome: 'absent' }
  }
  return isPresent(direct)
    ? fromVariable(direct, text, fileKey, surroundings)
    : fromFile(file, text, folder, surroundings)
}

function judge(place: SecretPlace, read: Read & { outcome: 'read' }): Read {
  const value = read.value.trim()
  if (value.length < place.minLength) {
    return wrong(
      read.from,
      value === ''
        ? 'leads to an empty secret'
        : `leads to a ${place.key} of fewer than ${place.minLength} characters`,
      place.key === 'token' || place.key === 'secret'
        ? 'Make one that cannot be guessed: `openssl rand -hex 24`.'
        : 'Write the secret where this points to.',
    )
  }
  if (place.key === 'key') {
    return value.startsWith('-----BEGIN ')
      ? { ...read, value }
      : wrong(read.from, 'leads to no private key', 'Name the .pem file that GitHub gave.')
  }
  return /\p{Cc}/u.test(value)
    ? wrong(read.from, 'leads to more than one line of text', 'Keep one secret in one file.')
    : { ...read, value }
}

export interface ReadSecrets {
  /** The secret of the mapping at `keyPath`; null when none is given. */
  secretAt(keyPath: KeyPath, key: SecretKey): Secret | null
  /** Whatever they were so far: a file that is written anew has another value by then. */
  values(): readonly string[]
  /** Absolute paths of the files that some of them are in. */
  readonly files: readonly string[]
  readonly findings: readonly Finding[]
}

/** Wraps a value so that it does not show when the object that holds it is printed. */
export function toSecret(value: string): Secret {
  return { reveal: () => value }
}

/**
 * One that a file holds is read again each time, so that a password that was changed needs no restart; while the file cannot
 * be used, as while somebody writes it, the last value stays.
 */
function heldSecret(
  place: SecretPlace,
  read: Read & { outcome: 'read' },
  { readFile }: Surroundings,
  revealed: Set<string>,
): Secret {
  const { file } = read
  if (file === null) {
    return toSecret(read.value)
  }
  let last = read.value
  return {
    reveal() {
      const now = readAgain(place, { ...read, file }, readFile)
      if (now !== null && now !== last) {
        last = now
        revealed.add(now)
      }
      return last
    },
  }
}

function readAgain(
  place: SecretPlace,
  read: Read & { outcome: 'read'; file: string },
  readFile: Surroundings['readFile'],
): string | null {
  try {
    const found = judge(place, { ...read, value: readFile(read.file) })
    return found.outcome === 'read' ? found.value : null
  } catch {
    return null
  }
}

/** Reads every secret the file refers to. Relative paths are relative to `folder`. */
export function readSecrets(root: Loose, folder: string, surroundings: Surroundings): ReadSecrets {
  const revealed = new Set<string>()
  const secrets = new Map<string, Secret>()
  const files = new Set<string>()
  const findings: Finding[] = []
  for (const place of places(root)) {
    const found = readPlace(place, folder, surroundings)
    const read = found.outcome === 'read' ? judge(place, found) : found
    if (read.outcome === 'wrong') {
      findings.push(read.finding)
    } else if (read.outcome === 'read') {
      revealed.add(read.value)
      const at = keyPathText([...place.parent.keyPath, place.key])
      secrets.set(at, heldSecret(place, read, surroundings, revealed))
      if (read.file !== null) {
        files.add(read.file)
      }
    }
  }
  return {
    secretAt: (keyPath, key) => secrets.get(keyPathText([...keyPath, key])) ?? null,
    values: () => [...revealed],
    files: [...files],
    findings,
  }
}
