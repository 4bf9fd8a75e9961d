import { spawn } from 'node:child_process'
import { testGitEnvironment } from '../../test/support/test-repo.ts'

/** One commit as `git format-patch` mails it, taken apart. Text is latin1: one character a byte. */
export interface HistoryPatch {
  readonly sha: string
  readonly author: string
  readonly address: string
  /** Without `[PATCH]`, on one line. */
  readonly title: string
  /** Charset headers as git wrote them; empty where it wrote none. */
  readonly mime: string
  /** Everything after the header, signature included. */
  readonly body: string
}

/** Longer ones are no mail that a list would take. */
const longestBytes = 200_000

/** The patches of a repository's history, oldest first, merges left out. */
export async function* historyPatches(gitDir: string): AsyncGenerator<HistoryPatch> {
  const git = spawn('git', ['format-patch', '--stdout', '--root', '-k', 'HEAD'], {
    cwd: gitDir,
    env: testGitEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let rest = ''
  try {
    for await (const chunk of git.stdout as AsyncIterable<Buffer>) {
      const parts = (rest + chunk.toString('latin1')).split(separator)
      rest = parts.pop() ?? ''
      yield* parts.flatMap((part) => toPatch(part) ?? [])
    }
    yield* [rest].flatMap((part) => toPatch(part) ?? [])
  } finally {
    git.kill()
  }
}

const separator = /(?<=\n)(?=From [0-9a-f]{40} Mon Sep 17 00:00:00 2001\nFrom: )/

function toPatch(mail: string): HistoryPatch | null {
  const end = mail.indexOf('\n\n')
  if (end === -1 || mail.length > longestBytes || !mail.includes('\ndiff --git ')) {
    return null
  }
  const header = mail.slice(0, end).replaceAll(/\n[ \t]+/g, ' ')
  const from = /^From: (?<author>.*?) ?<(?<address>[^<>\s]+)>$/m.exec(header)?.groups
  const title = /^Subject: (?<title>.*)$/m.exec(header)?.groups?.['title']
  if (from === undefined || title === undefined) {
    return null
  }
  return {
    sha: mail.slice(5, 45),
    author: from['author'] ?? '',
    address: from['address'] ?? '',
    title,
    mime: (header.match(/^(?:MIME-Version|Content-Type|Content-Transfer-Encoding): .*$/gm) ?? [])
      .map((line) => `${line}\n`)
      .join(''),
    body: mail.slice(end + 2),
  }
}
