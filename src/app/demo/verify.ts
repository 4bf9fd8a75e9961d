import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { MessageId } from '../../core/ids.ts'
import { mailRef } from '../../core/ref-name.ts'
import { runGit } from '../../git/cli/run-git.ts'
import type { Expectation, Scenario } from './scenario.ts'

/** A mail as it lies in the outgoing Maildir, as far as the demo reads it. */
export interface SentMail {
  readonly file: string
  readonly messageId: string
  readonly inReplyTo: string
  readonly subject: string
  readonly kind: string
  readonly firstLine: string
}

function header(text: string, name: string): string {
  const unfolded = text.replace(/\r?\n[ \t]+/g, ' ')
  const found = new RegExp(`^${name}: *(.*)$`, 'im').exec(unfolded.split(/\r?\n\r?\n/)[0] ?? '')
  return found?.[1]?.trim() ?? ''
}

/** Every mail in the outgoing Maildir, read or not. */
export async function readOutgoing(maildir: string): Promise<readonly SentMail[]> {
  const mails: SentMail[] = []
  for (const folder of ['new', 'cur']) {
    const names = await readdir(path.join(maildir, folder)).catch(() => [])
    for (const name of names.toSorted((a, b) => a.localeCompare(b))) {
      const file = path.join(maildir, folder, name)
      const text = await readFile(file, 'utf8')
      mails.push({
        file,
        messageId: header(text, 'Message-ID').replace(/[<>]/g, ''),
        inReplyTo: header(text, 'In-Reply-To').replace(/[<>]/g, ''),
        subject: header(text, 'Subject'),
        kind: header(text, 'X-Patchferry-Report'),
        firstLine: (text.split(/\r?\n\r?\n/)[1] ?? '').split(/\r?\n/)[0] ?? '',
      })
    }
  }
  return mails
}

/** Refs of a bare repository, name -> object. */
export async function readRefs(repository: string): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await runGit(['for-each-ref', '--format=%(refname) %(objectname)'], {
    gitDir: repository,
  })
  const lines = Buffer.from(stdout).toString('utf8').split('\n')
  return new Map(
    lines
      .filter((line) => line !== '')
      .map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']),
  )
}

async function treeAt(repository: string, revision: string): Promise<string | null> {
  const { exitCode, stdout } = await runGit(['rev-parse', '--verify', `${revision}^{tree}`], {
    gitDir: repository,
  })
  return exitCode === 0 ? Buffer.from(stdout).toString('utf8').trim() : null
}

async function checkPublished(
  expected: Expectation,
  mirror: string,
  refs: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const wrong: string[] = []
  const mailRefs = expected.patches.map((id) => mailRef(id as MessageId))
  if (expected.tree === null) {
    const published = mailRefs.filter((ref) => refs.has(ref))
    return published.map((ref) => `${expected.title}: ${ref} must not be on the mirror`)
  }
  for (const ref of mailRefs) {
    if (!refs.has(ref)) {
      wrong.push(`${expected.title}: the mirror has no ${ref}`)
    }
  }
  const last = mailRefs.at(-1)
  const tree = last === undefined ? null : await treeAt(mirror, last)
  if (tree !== expected.tree) {
    wrong.push(`${expected.title}: the mirror has tree ${tree ?? 'none'}, not ${expected.tree}`)
  }
  if (expected.isNewest) {
    const head = last === undefined ? undefined : refs.get(last)
    const branches = [...refs].filter(([ref]) => ref.startsWith('refs/heads/series/'))
    if (!branches.some(([, sha]) => sha === head)) {
      wrong.push(`${expected.title}: no branch of the mirror is at its head`)
    }
  }
  return wrong
}

function checkReported(expected: Expectation, sent: readonly SentMail[]): readonly string[] {
  const answers = sent.filter((mail) => mail.inReplyTo === expected.answers)
  const only = answers[0]
  if (answers.length !== 1 || only === undefined) {
    return [`${expected.title} v${expected.version}: ${answers.length} reports instead of 1`]
  }
  return only.kind.startsWith(expected.verdict)
    ? []
    : [
        `${expected.title} v${expected.version}: reported ${only.kind} instead of ${expected.verdict}`,
      ]
}

/**
 * Compares what the scenario expects with the mirror and the outgoing mails themselves. Returns a sentence for each
 * difference; none when all is as it must be.
 */
export async function verify(
  scenario: Scenario,
  mirror: string,
  outgoing: string,
): Promise<readonly string[]> {
  const [refs, sent] = await Promise.all([readRefs(mirror), readOutgoing(outgoing)])
  const wrong: string[] = []
  for (const expected of scenario.expectations) {
    wrong.push(...(await checkPublished(expected, mirror, refs)))
    wrong.push(...checkReported(expected, sent))
  }
  if (sent.length !== scenario.expectations.length) {
    wrong.push(`${sent.length} reports were sent instead of ${scenario.expectations.length}`)
  }
  const branches = [...refs.keys()].filter((ref) => ref.startsWith('refs/heads/series/'))
  const topics = scenario.expectations.filter((one) => one.isNewest && one.tree !== null)
  if (branches.length !== topics.length) {
    wrong.push(`the mirror has ${branches.length} series branches instead of ${topics.length}`)
  }
  return wrong
}
