import path from 'node:path'
import { BotError } from '../core/bot-error.ts'
import type { Secret, SecretFile } from './config.ts'
import { type KeyPath, keyPathText } from './entries.ts'
import { child, isPresent, items, type Loose, textOf } from './loose.ts'
import type { Finding } from './problem.ts'
import { CommandFailed } from './run-secret-command.ts'
import { type SecretKey, type SecretPlace, secretPlaces } from './secret-places.ts'

/** Where secrets come from. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Text of the file at an absolute path; throws as `fs` does. */
  readonly readFile: (file: string) => string
  /** All that a program prints, run without a shell; throws CommandFailed when it ends otherwise than well. */
  readonly runCommand: (argv: readonly string[]) => string
}

/** `now`: all are read, and each that cannot be is a problem. `when-used`: for who acts beside the service, and may not read them. */
export type SecretsRead = 'now' | 'when-used'

const reference = /\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\}/

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

function findingAt(loose: Loose, message: string, remedy: string, at: Finding['at']): Finding {
  return { keyPath: loose.keyPath, at, message, remedy }
}

function wrong(loose: Loose, message: string, remedy: string): Read {
  return { outcome: 'wrong', finding: findingAt(loose, message, remedy, 'value') }
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

function fromCommand(loose: Loose, key: SecretKey, { runCommand }: Surroundings): Read {
  const argv = items(loose).map((word) => textOf(word) ?? '')
  try {
    const printed = runCommand(argv)
    const value = key === 'key' ? printed : (printed.split(/\r?\n/)[0] ?? '')
    return { outcome: 'read', value, from: loose, file: null }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const remedy = 'Run it by hand, as the same user.'
    const finding = findingAt(loose, `gives no secret: ${reason}`, remedy, 'value')
    // A vault may not be up yet; a program that cannot be started is a mistake in the file.
    return error instanceof CommandFailed
      ? { outcome: 'wrong', finding: { ...finding, isPassing: true } }
      : { outcome: 'wrong', finding }
  }
}

type Given =
  | { readonly outcome: 'given'; readonly read: () => Read }
  | Exclude<Read, { outcome: 'read' }>

/** Which of its keys gives a secret, before anything is read. */
function givenAt(place: SecretPlace, folder: string, surroundings: Surroundings): Given {
  const [fileKey, commandKey] = [`${place.key}File`, `${place.key}Command`]
  const direct = child(place.parent, place.key)
  const file = child(place.parent, fileKey)
  const command = child(place.parent, commandKey)
  const given = [direct, file, ...(place.isAskedLater ? [] : [command])].filter(isPresent)
  const [first, second] = given
  if (first !== undefined && second !== undefined) {
    const both = `is given beside \`${String(first.keyPath.at(-1))}\``
    return { outcome: 'wrong', finding: findingAt(second, both, 'Keep one of them.', 'key') }
  }
  if (first === undefined) {
    const missing = place.key === 'password' ? 'is missing beside `user`' : 'is missing'
    const remedy = `Name a file that holds the ${place.key}: \`${fileKey}: ./secrets/${place.key}\`.`
    return place.isRequired
      ? { outcome: 'wrong', finding: findingAt(file, missing, remedy, 'key') }
      : { outcome: 'absent' }
  }
  if (first === command) {
    return { outcome: 'given', read: () => fromCommand(command, place.key, surroundings) }
  }
  const text = textOf(first)
  if (text === null) {
    return { outcome: 'absent' }
  }
  return {
    outcome: 'given',
    read: () =>
      first === direct
        ? fromVariable(direct, text, fileKey, surroundings)
        : fromFile(file, text, folder, surroundings),
  }
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
  /** What is made of a secret, and is no less one. */
  addValue(value: string): void
  /** Whatever they were so far: a file that is written anew has another value by then, and some may be read when they are used. */
  values(): readonly string[]
  /** The files that some of them are in. */
  readonly files: readonly SecretFile[]
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

/** A secret that is read when it is first needed; then throws CONFIG_SECRET_UNREADABLE where it cannot be. */
function secretWhenUsed(place: SecretPlace, read: () => Read, revealed: Set<string>): Secret {
  let known: string | null = null
  return {
    reveal() {
      if (known !== null) {
        return known
      }
      const found = read()
      const judged = found.outcome === 'read' ? judge(place, found) : found
      if (judged.outcome === 'read') {
        known = judged.value
        revealed.add(known)
        return known
      }
      const { keyPath, message, remedy, isPassing } =
        judged.outcome === 'wrong'
          ? judged.finding
          : findingAt(place.parent, 'holds no secret', 'Give one.', 'value')
      throw new BotError('CONFIG_SECRET_UNREADABLE', `${keyPathText(keyPath)} ${message}`, {
        retry: isPassing === true ? 'later' : 'after-human',
        remedy,
      })
    },
  }
}

/** Secrets of webhooks and what opens our own servers are read at the start alone. */
function isAskedEachTime({ key, parent }: SecretPlace): boolean {
  return key !== 'secret' && parent.keyPath[0] !== 'web'
}

/** Reads every secret the file refers to. Relative paths are relative to `folder`. */
export function readSecrets(
  root: Loose,
  folder: string,
  surroundings: Surroundings,
  when: SecretsRead,
): ReadSecrets {
  const revealed = new Set<string>()
  const secrets = new Map<string, Secret>()
  const files = new Map<string, boolean>()
  const findings: Finding[] = []
  for (const place of secretPlaces(root)) {
    const at = keyPathText([...place.parent.keyPath, place.key])
    const given = givenAt(place, folder, surroundings)
    if (given.outcome === 'given' && when === 'when-used') {
      secrets.set(at, secretWhenUsed(place, given.read, revealed))
      continue
    }
    const found = given.outcome === 'given' ? given.read() : given
    const read = found.outcome === 'read' ? judge(place, found) : found
    if (read.outcome === 'wrong') {
      findings.push(read.finding)
    } else if (read.outcome === 'read') {
      revealed.add(read.value)
      secrets.set(at, heldSecret(place, read, surroundings, revealed))
      if (read.file !== null) {
        files.set(read.file, (files.get(read.file) ?? true) && isAskedEachTime(place))
      }
    }
  }
  return {
    secretAt: (keyPath, key) => secrets.get(keyPathText([...keyPath, key])) ?? null,
    addValue: (value) => void revealed.add(value),
    values: () => [...revealed],
    files: [...files].map(([file, isLive]) => ({ file, isLive })),
    findings,
  }
}
