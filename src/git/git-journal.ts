import { BotError } from '../core/bot-error.ts'
import type { DecisionEntry, JournalDecision, SentEntry } from '../core/journal-entry.ts'
import type { Mailbox } from '../core/message.ts'
import type { Logger } from '../log/logger.ts'
import {
  entryText,
  type ReadEntry,
  readDecisionEntry,
  readSentEntry,
} from './journal/journal-json.ts'
import type { Journal } from './journal.ts'
import type {
  LogOrder,
  NewCommit,
  ObjectStore,
  OpenObjectStore,
  StoredCommit,
} from './object-store.ts'

export interface GitJournalOptions {
  readonly directory: string
  readonly openStore: OpenObjectStore
  /** Told of entries of kinds that only a newer version knows, which are skipped. */
  readonly log: Logger
}

const entryFile = 'entry.json'
/** The text of a mail for people: `git show sent:m`. */
const textFile = 'm'

/** Entries are small; so many are read at a time. */
const entriesPerRead = 100

const ourselves: Mailbox = { name: 'Patchferry', address: 'patchferry@localhost' }

/**
 * The journal as a bare repository: one commit per entry on branch `sent` or `decisions`, which `git log` shows to a
 * person and whose file `entry.json` holds all of it. Reading throws GIT_JOURNAL_UNREADABLE, which names the commit.
 */
export async function openGitJournal(options: GitJournalOptions): Promise<Journal> {
  const store = await options.openStore(options.directory)

  async function* entries<T>(
    branch: string,
    read: (text: string) => ReadEntry<T>,
    signal: AbortSignal,
    order: LogOrder = 'oldest-first',
  ): AsyncGenerator<T> {
    for await (const { commit, text } of entryTexts(store, branch, order, signal)) {
      const found = read(text)
      if (found.outcome === 'entry') {
        yield found.entry
      } else if (found.outcome === 'unknown-kind') {
        options.log.warn(
          { branch, commit: commit.sha, kind: found.kind },
          'skipped a journal entry of a kind that this version does not know',
        )
      } else {
        throw unreadable(options.directory, branch, commit, found.reason)
      }
    }
  }

  return {
    async recordSent(entry, signal) {
      await store.append('sent', [sentCommit(entry)], signal)
    },
    async recordDecision(entry, signal) {
      await store.append('decisions', [decisionCommit(entry)], signal)
    },
    sent: (signal) => entries('sent', readSentEntry, signal),
    async lastSent(key, signal, since) {
      for await (const entry of entries('sent', readSentEntry, signal, 'newest-first')) {
        if (since !== undefined && entry.at <= since) {
          return null
        }
        if (entry.key === key) {
          return entry
        }
      }
      return null
    },
    decisions: (signal) => entries('decisions', readDecisionEntry, signal),
    close: () => store.close(),
  }
}

async function* entryTexts(
  store: ObjectStore,
  branch: string,
  order: LogOrder,
  signal: AbortSignal,
): AsyncGenerator<{ readonly commit: StoredCommit; readonly text: string }> {
  let pending: StoredCommit[] = []
  for await (const commit of store.log(branch, null, signal, order)) {
    pending.push(commit)
    if (pending.length >= entriesPerRead) {
      yield* await textsOf(store, pending, signal)
      pending = []
    }
  }
  yield* await textsOf(store, pending, signal)
}

async function textsOf(
  store: ObjectStore,
  commits: readonly StoredCommit[],
  signal: AbortSignal,
): Promise<readonly { readonly commit: StoredCommit; readonly text: string }[]> {
  const blobs = commits.map((commit) => commit.files[entryFile])
  const texts = await store.blobs(
    blobs.filter((blob) => blob !== undefined),
    signal,
  )
  const left = texts[Symbol.iterator]()
  return commits.map((commit, index) => {
    const text: Uint8Array =
      blobs[index] === undefined ? Buffer.of() : (left.next().value ?? Buffer.of())
    return { commit, text: Buffer.from(text).toString('utf8') }
  })
}

function sentCommit(entry: SentEntry): NewCommit {
  const files = { [entryFile]: Buffer.from(entryText(entry)) }
  return {
    files: entry.mail === null ? files : { ...files, [textFile]: Buffer.from(entry.mail.text) },
    author: ourselves,
    authoredAt: entry.at,
    committedAt: entry.at,
    message: message(`${entry.event}: ${entry.kind} <${entry.messageId}>`, [
      ['Subject', entry.mail?.subject],
      ['To', entry.mail?.to.map((each) => each.address).join(', ')],
      ['Topic', entry.topic],
      ['Note', entry.note],
    ]),
  }
}

function decisionCommit(entry: DecisionEntry): NewCommit {
  return {
    files: { [entryFile]: Buffer.from(entryText(entry)) },
    author: { name: entry.by, address: '' },
    authoredAt: entry.at,
    committedAt: entry.at,
    message: message(describeDecision(entry.decision), [['By', entry.by]]),
  }
}

function describeDecision(decision: JournalDecision): string {
  switch (decision.kind) {
    case 'approve':
      return `approve: ${decision.topic} v${decision.version} at ${decision.head}`
    case 'withdraw':
      return `withdraw: ${decision.topic}`
    case 'link':
      return `link: <${decision.mail}> to ${decision.topic}`
    case 'unlink':
      return `unlink: <${decision.mail}> is ${decision.topic}`
    case 'split':
      return decision.to === decision.mail
        ? `split: <${decision.mail}>`
        : `split: <${decision.mail}> to <${decision.to}>`
    case 'undo':
      return `undo ${decision.of}: ${decision.mails.map((mail) => `<${mail}>`).join(' ')}`
    case 'opt-out':
      return `opt-${decision.isOut ? 'out' : 'in'}: ${decision.address}`
    case 'release':
    case 'drop':
      return `${decision.kind}: ${decision.key}`
    case 'quarantine-seen':
      return `quarantine-seen: ${decision.mails.join(' ')}`
    case 'import':
      return `import: ${decision.paths.join(' ')}`
    case 'bounce':
      return `bounce: ${decision.key} for ${decision.address}`
    case 'silence':
      return `silence: ${decision.address} until ${decision.until.toISOString()}`
    case 'restore':
      return decision.madeAt === null
        ? 'restore: from what was left'
        : `restore: from a backup of ${decision.madeAt.toISOString()}`
    case 'topic':
      return `topic: ${decision.topic} is ${decision.slug} of ${decision.project}`
  }
}

/** A subject line and `Key: value` lines; those without a value are left out. */
function message(
  subject: string,
  lines: readonly (readonly [key: string, value: string | null | undefined])[],
): string {
  const body = lines
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([key, value]) => `${key}: ${oneLine(value ?? '')}\n`)
  return `${oneLine(subject)}\n${body.length > 0 ? '\n' : ''}${body.join('')}`
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
}

function unreadable(
  directory: string,
  branch: string,
  commit: StoredCommit,
  reason: string,
): BotError {
  return new BotError(
    'GIT_JOURNAL_UNREADABLE',
    `${entryFile} of commit ${commit.sha} on branch ${branch} of ${directory} cannot be read: ${reason}`,
    { retry: 'after-human', details: { directory, branch, commit: commit.sha, reason } },
  )
}
