import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { type HistoryPatch, historyPatches } from './history-patches.ts'
import { listMails } from './list-mails.ts'

export interface MailCacheOptions {
  readonly folder: string
  readonly repositories: readonly string[]
  /** Real mails that come first; null: none. */
  readonly corpus: string | null
}

/**
 * An mbox with `count` mails made of the histories of repositories, again and again under other names and paths when
 * they are used up; kept for the next run. Returns its path.
 */
export async function cachedMailbox(count: number, options: MailCacheOptions): Promise<string> {
  mkdirSync(options.folder, { recursive: true })
  const file = path.join(options.folder, `list-${count}.mbox`)
  if (existsSync(file)) {
    return file
  }
  const draft = `${file}.draft`
  const handle = await open(draft, 'w')
  try {
    let made = 0
    let pending = corpusMailboxes(options.corpus)
    made += pending.match(separators)?.length ?? 0
    for await (const mail of listMails(endlessHistory(options.repositories))) {
      if (made >= count) {
        break
      }
      made += 1
      const quoted = mail.replaceAll(/^From /gm, '>From ')
      pending += `From mboxrd@z Thu Jan  1 00:00:00 1970\n${quoted}${quoted.endsWith('\n') ? '\n' : '\n\n'}`
      if (pending.length > 4_000_000) {
        await handle.write(Buffer.from(pending, 'latin1'))
        pending = ''
      }
    }
    await handle.write(Buffer.from(pending, 'latin1'))
    await handle.sync()
  } finally {
    await handle.close()
  }
  renameSync(draft, file)
  return file
}

const separators = /^From .*\d\d:\d\d:\d\d.*$/gm

function corpusMailboxes(corpus: string | null): string {
  if (corpus === null) {
    return ''
  }
  return readdirSync(corpus, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.mbox'))
    .toSorted()
    .map((name) => readFileSync(path.join(corpus, name), 'latin1'))
    .filter((text) => /^From .*\d\d:\d\d:\d\d/.test(text))
    .map((text) => (text.endsWith('\n\n') ? text : `${text}\n`))
    .join('')
}

async function* endlessHistory(repositories: readonly string[]): AsyncGenerator<HistoryPatch> {
  for (let round = 0; ; round += 1) {
    for (const repository of repositories) {
      for await (const patch of historyPatches(repository)) {
        yield round === 0 ? patch : inRound(patch, round)
      }
    }
  }
}

/** Another person's patch of other files, so that no version links to an earlier round. */
function inRound(patch: HistoryPatch, round: number): HistoryPatch {
  return {
    ...patch,
    sha: patch.sha.slice(0, 16).padEnd(20, `r${round}`) + patch.sha.slice(20),
    address: patch.address.replace(/@|$/, `+${round}@`),
    title: `${patch.title} (${round})`,
    body: patch.body
      .replaceAll(/^(diff --git a\/)(\S+ b\/)/gm, `$1r${round}/$2r${round}/`)
      .replaceAll(/^((?:---|\+\+\+) [ab]\/)/gm, `$1r${round}/`),
  }
}
