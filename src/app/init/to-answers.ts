import { access } from 'node:fs/promises'
import path from 'node:path'
import { type ConfigAnswers, sampleAnswers } from '../../config/example-config.ts'
import type {
  DeliveryAnswer,
  ForgeAnswer,
  SecretAnswer,
  SourceAnswer,
} from '../../config/example-parts.ts'
import { originOf } from '../../config/repository-name.ts'
import type { Mailbox } from '../../core/message.ts'
import type { Audience } from '../../core/project.ts'
import type { Placement } from '../../core/pull-request/pull-request.ts'
import { splitWords } from '../../util/split-words.ts'
import type { Given } from './questions.ts'
import { isImapUrl, isSmtpUrl, readImapUrl, readSmtpUrl } from './server-url.ts'

/** Whether git would ask another machine for it. */
export function isDistant(url: string): boolean {
  return url.includes('://') || /^[^/]+@?[^/]*:/.test(url)
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

/** None where a quote is not closed, which `misread` says. */
function words(text: string): readonly string[] {
  return splitWords(text) ?? []
}

function parts(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** `file:PATH` or `command:WORDS`; null for anything else, which is a secret itself. */
export function readSecretPlace(text: string): SecretAnswer | null {
  const found = /^(?<kind>file|command):(?<rest>.+)$/s.exec(text)?.groups
  if (found === undefined) {
    return null
  }
  const rest = found['rest'] ?? ''
  return found['kind'] === 'file'
    ? { kind: 'file', path: rest }
    : { kind: 'command', argv: words(rest) }
}

const unknownSecret: SecretAnswer = { kind: 'file', path: './secrets/not-yet' }

/**
 * A source by its place: a mailbox, an mbox file by its name, a public-inbox where it is a URL, a `.git` folder or one that holds
 * repositories as public-inbox lays them out, else a Maildir.
 */
async function toSource(given: Given, cwd: string): Promise<SourceAnswer> {
  const place = given.get('source') ?? './inbox'
  if (isImapUrl(place)) {
    const read = readImapUrl(place)
    if (read.outcome === 'server') {
      const secret = readSecretPlace(given.get('source-login') ?? '') ?? unknownSecret
      return { ...read.server, user: read.server.user ?? '', secret }
    }
  }
  if (/\.mbox$/i.test(place)) {
    return { kind: 'mbox', path: place }
  }
  if (isDistant(place) || /\.git\/?$/.test(place)) {
    return { kind: 'publicInbox', path: place }
  }
  const folder = path.resolve(cwd, place)
  const holdsInbox = (await exists(path.join(folder, 'git'))) || (await exists(`${folder}/HEAD`))
  return { kind: holdsInbox ? 'publicInbox' : 'maildir', path: place }
}

function toForgeLogin(text: string): ForgeAnswer['login'] {
  const app = /^app:(?<id>\d{1,12}):(?<keyFile>.+)$/.exec(text)?.groups
  if (app !== undefined) {
    const keyFile = app['keyFile'] ?? ''
    // Where `init github` writes it.
    const folder = keyFile.slice(0, keyFile.lastIndexOf('/') + 1)
    const webhookFile = `${folder}github-webhook-secret`
    return { kind: 'app', id: Number(app['id']), keyFile, webhookFile }
  }
  const place = readSecretPlace(text) ?? unknownSecret
  return { kind: 'token', file: place.kind === 'file' ? place.path : '' }
}

function toForge(given: Given): ForgeAnswer | null {
  const kind = given.get('forge') ?? 'plain'
  const mirror = given.get('mirror') ?? ''
  // Until the account is known nothing can be said of it.
  if (kind === 'plain' || !given.has('forge-login')) {
    return null
  }
  const placement = given.get('placement') ?? 'secretless-mirror'
  const needsFork = placement === 'fork' || placement === 'agit'
  return {
    kind: kind as ForgeAnswer['kind'],
    url: originOf(mirror),
    login: toForgeLogin(given.get('forge-login') ?? ''),
    // The configuration says which words it takes.
    placement: (needsFork && !given.has('fork') ? 'secretless-mirror' : placement) as Placement,
    forkUrl: needsFork ? (given.get('fork') ?? null) : null,
  }
}

function toMirrorLogin(given: Given): ConfigAnswers['mirrorLogin'] {
  const secret = readSecretPlace(given.get('mirror-login') ?? '')
  const user = given.get('mirror-user') ?? ''
  return secret === null || user === '' ? null : { user, secret }
}

function toDelivery(given: Given): DeliveryAnswer {
  const way = given.get('delivery') ?? './outgoing'
  if (isSmtpUrl(way)) {
    const read = readSmtpUrl(way)
    if (read.outcome === 'server') {
      const { user, ...server } = read.server
      const secret = readSecretPlace(given.get('delivery-login') ?? '') ?? unknownSecret
      // Before the password is known it is tried without a login.
      const isReady = user !== null && given.has('delivery-login')
      return { ...server, login: isReady ? { user, secret } : null }
    }
  }
  const [program, ...rest] = words(way)
  if (program !== undefined && /(?:^|\/)(?:sendmail|msmtp)$/.test(program)) {
    const named = program === 'sendmail' ? '/usr/sbin/sendmail' : program
    return { kind: 'sendmail', argv: [named, ...rest] }
  }
  return { kind: 'maildir', path: way }
}

function toTests(given: Given): ConfigAnswers['tests'] {
  const command = words(given.get('test') ?? '')
  if (command.length === 0) {
    return null
  }
  const isolation = given.get('isolation') ?? 'bubblewrap'
  const image = /^container:(?<image>.+)$/.exec(isolation)?.groups?.['image']
  const kind = isolation as 'bubblewrap' | 'none'
  return { command, timeout: '30m', isolation: image === undefined ? kind : { image } }
}

function toMailbox(text: string): Mailbox {
  const found = /^(?<name>.*?)\s*<(?<address>[^<>]*)>$/.exec(text)?.groups
  return found === undefined
    ? { name: '', address: text }
    : { name: found['name'] ?? '', address: found['address'] ?? '' }
}

/** The answers so far, with something acceptable for those that are still missing. */
export async function toAnswers(given: Given, cwd: string): Promise<ConfigAnswers> {
  function orNull(option: string): string | null {
    const text = given.get(option) ?? ''
    return text === '' || text === '-' ? null : text
  }
  const address = given.get('list') ?? 'list@example.org'
  const branches = parts(given.get('branch') ?? 'main')
  return {
    state: './state',
    // Until it is known it must not be the list's.
    bot: { name: 'Patchferry', address: given.get('bot') ?? `not-${address}` },
    list: { name: address.split('@')[0] ?? 'list', address, listId: orNull('list-id') },
    source: await toSource(given, cwd),
    project: given.get('project') ?? 'project',
    prefixes: null,
    upstreamUrl: orNull('upstream'),
    forge: toForge(given),
    mirrorUrl: given.get('mirror') ?? './mirror.git',
    mirrorLogin: toMirrorLogin(given),
    publicUrl: null,
    branches,
    settle: sampleAnswers.settle,
    tests: toTests(given),
    hears: {
      success: (given.get('success') ?? 'nobody') as Audience,
      failure: (given.get('failure') ?? 'author-and-list') as Audience,
      conflict: (given.get('conflict') ?? 'author') as Audience,
    },
    maintainers: parts(given.get('maintainers') ?? '').map(toMailbox),
    operator: orNull('operator'),
    dryRun: true,
    delivery: toDelivery(given),
    ports: null,
    operatorToken: { name: 'operator', file: './operator-token' },
  }
}
