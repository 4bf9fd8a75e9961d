import type { Store } from '../../store/store.ts'
import { type DemoForge, demoBranch } from './demo-forge.ts'
import type { SentMail } from './verify.ts'

type Say = (line: string) => void

const names = { github: 'GitHub', forgejo: 'Forgejo', gitea: 'Gitea' } as const

/** Says what will be done, and where. */
export function sayForge({ kind, cloneUrl, runner }: DemoForge, say: Say): void {
  say(`On ${cloneUrl} (${names[kind]}), for its branch ${demoBranch}.`)
  say(
    'Heads of pull requests are branches of the same repository: it is here for this alone, and every patch is the demo’s own.',
  )
  say(
    runner === null
      ? 'The tests run on this machine and are told there as commit statuses. --ci LABEL leaves them to a runner of the forge.'
      : `The tests run on the forge, on a runner with the label ${runner}; it is asked for their results every few seconds.`,
  )
}

/** Shows what came of it on the forge and what was mailed, and how to be rid of it. */
export async function sayForgeEnd(
  { cloneUrl, mayShare }: DemoForge,
  store: Store,
  sent: readonly SentMail[],
  say: Say,
): Promise<void> {
  const { pulls, branches } = await store.read(async (reader) => {
    const topics = await reader.topics({ limit: 100, offset: 0 })
    const found = await Promise.all(topics.map(({ topic }) => reader.pullRequests({ topic })))
    return {
      pulls: found.flat().toSorted((a, b) => a.number - b.number),
      branches: topics.flatMap(({ branch }) => branch?.replace('refs/heads/', '') ?? []),
    }
  })
  say('\nPull requests:')
  for (const { url } of pulls) {
    say(`  ${url}`)
  }
  say('\nMails that went out, into a folder here:')
  for (const { subject, firstLine } of sent) {
    say(`  ${subject}\n      ${firstLine}`)
  }
  const deletion = `git push ${cloneUrl} --delete ${[...branches, demoBranch].join(' ')}`
  say('\nTo clean up:')
  say(
    mayShare
      ? `  ${deletion}\n  That closes the pull requests too. What is below refs/mail and refs/series no clone fetches.`
      : `  Delete the repository in its settings. To keep it:\n  ${deletion}\n  That closes the pull requests too. The next run takes the repository as it is.`,
  )
}
