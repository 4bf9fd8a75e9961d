import path from 'node:path'
import { checkImap } from './check-imap.ts'
import { child, finding, isPresent, items, type Loose, repeated, textOf } from './loose.ts'
import type { Finding } from './problem.ts'
import { defaultSourceName, sourceKinds } from './schema/list.ts'

/** Deliveries that come by no configured source are stored under these names. */
const reservedSourceNames = ['stdin', 'http', 'import']

interface LooseSource {
  readonly entry: Loose
  readonly name: string | null
  readonly nameAt: Loose
  readonly places: readonly Loose[]
}

function looseSources(root: Loose): readonly LooseSource[] {
  return items(child(root, 'lists')).flatMap((list) =>
    items(child(list, 'sources')).map((entry) => {
      const given = Object.entries(sourceKinds).filter(([key]) => isPresent(child(entry, key)))
      const places = given.map(([key]) => child(entry, key))
      const listName = textOf(child(list, 'name'))
      const kind = given[0]?.[1] ?? 'maildir'
      const nameAt = child(entry, 'name')
      const derived =
        listName === null || isPresent(nameAt) ? null : defaultSourceName(listName, kind)
      return { entry, nameAt, name: textOf(nameAt) ?? derived, places }
    }),
  )
}

/** Whether every source has one place and one name of its own, and none is our own outgoing mail. */
export function checkSources(root: Loose, folder: string): readonly Finding[] {
  const sources = looseSources(root)
  const kinds = sources
    .filter(({ places }) => places.length !== 1)
    .map(({ entry, places }) =>
      finding(
        entry,
        places.length === 0 ? 'names no place to read' : 'names several places to read',
        'Give exactly one of `maildir`, `mbox`, `folder`, `publicInbox` and `imap`; a second place is a second entry of `sources`.',
      ),
    )
  const names = sources.flatMap(({ name, nameAt, entry }, index) => {
    if (name === null) {
      return []
    }
    if (reservedSourceNames.includes(name)) {
      return [finding(nameAt, `is reserved: ${name}`, 'Choose another name.')]
    }
    const isTaken = sources.slice(0, index).some((other) => other.name === name)
    const remedy = 'Give one of them another `name`; the one that keeps it keeps its progress.'
    return isTaken ? [finding(entry, `is the second source named ${name}`, remedy)] : []
  })
  const paths = repeated(
    sources.flatMap(({ places }) => places),
    (text) => path.resolve(folder, text),
  ).map((place) => finding(place, 'is read by two sources', 'Remove one of them.'))
  const outgoing = child(child(root, 'delivery'), 'maildir')
  const outgoingPath = path.resolve(folder, textOf(outgoing) ?? '.')
  const isLoop = sources.some(({ places }) =>
    places.map(textOf).some((text) => text !== null && path.resolve(folder, text) === outgoingPath),
  )
  const loop = finding(
    outgoing,
    'is also read as a source, so reports would be read as mail of the list',
    'Deliver to a folder of its own.',
  )
  const servers = sources.map(({ entry }) => child(entry, 'imap')).filter(isPresent)
  return [
    ...servers.flatMap(checkImap),
    ...kinds,
    ...names,
    ...paths,
    ...(isLoop && isPresent(outgoing) ? [loop] : []),
  ]
}
