import type { Message } from './message.ts'
import type { MailingList, Project } from './project.ts'

export interface Route {
  readonly project: Project | null
  /** The list it is reported on: the first configured one that carries it. */
  readonly list: MailingList | null
  /** Why this project, or why none: one sentence. */
  readonly reason: string
}

/** Whether `list` carries a mail: by the source that brought it, its List-Id, or an address in To or Cc. */
export function carries(
  list: MailingList,
  message: Pick<Message, 'listIds' | 'to' | 'cc'>,
  sources: readonly string[],
): boolean {
  return (
    list.sources.some((source) => sources.includes(source)) ||
    (list.listId !== null && message.listIds.includes(list.listId)) ||
    [...message.to, ...message.cc].some(
      (mailbox) => mailbox.address.toLowerCase() === list.address.toLowerCase(),
    )
  )
}

function matchedPrefix(project: Project, prefixes: readonly string[]): string | null {
  const wanted = new Set(project.prefixes?.map((prefix) => prefix.toLowerCase()))
  return prefixes.find((prefix) => wanted.has(prefix.toLowerCase())) ?? null
}

/**
 * Which project takes a series: of those fed by a list that carries it, the first one with a prefix that the
 * subject names (whole words: `bpf-next/net` is not `net`), else the first that asks for none.
 */
export function routeSeries(
  projects: readonly Project[],
  message: Pick<Message, 'listIds' | 'to' | 'cc'>,
  sources: readonly string[],
  prefixes: readonly string[],
): Route {
  const fed = projects.flatMap((project) => {
    const list = project.lists.find((candidate) => carries(candidate, message, sources))
    return list === undefined ? [] : [{ project, list }]
  })
  if (fed.length === 0) {
    return { project: null, list: null, reason: 'no configured list carries it' }
  }
  for (const { project, list } of fed) {
    const prefix = matchedPrefix(project, prefixes)
    if (prefix !== null) {
      return { project, list, reason: `list ${list.name}, subject prefix ${prefix}` }
    }
  }
  const open = fed.find(({ project }) => project.prefixes === null)
  if (open === undefined) {
    const names = fed.map(({ project }) => project.name).join(', ')
    return { project: null, list: null, reason: `no subject prefix of ${names}` }
  }
  return { ...open, reason: `list ${open.list.name}` }
}
