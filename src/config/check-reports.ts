import { child, finding, isPresent, items, type Loose, members, textOf } from './loose.ts'
import type { Finding } from './problem.ts'

/** A `reports` section and the one that says what it does not: that of the project behind that of a list. */
interface Layers {
  readonly own: Loose
  readonly behind: Loose | null
}

function layersOf(root: Loose): readonly Layers[] {
  const lists = items(child(root, 'lists'))
  return items(child(root, 'projects')).flatMap((project) => {
    const behind = child(project, 'reports')
    const named = items(child(project, 'lists')).map(textOf)
    const ofLists = lists
      .filter((list) => named.includes(textOf(child(list, 'name'))))
      .map((list) => child(list, 'reports'))
      .filter(isPresent)
      .map((own) => ({ own, behind }))
    return [{ own: behind, behind: null }, ...ofLists]
  })
}

function valueOf({ own, behind }: Layers, key: string): Loose | null {
  return (
    [own, behind].flatMap((one) => (one === null ? [] : [child(one, key)])).find(isPresent) ?? null
  )
}

function checkReachable(layers: Layers): readonly Finding[] {
  const maintainers = valueOf(layers, 'maintainers')
  const hasMaintainers = maintainers !== null && items(maintainers).length > 0
  const hasResults = valueOf(layers, 'results') !== null
  return members(layers.own).flatMap((member) => {
    const text = textOf(member)
    if (text === 'maintainers' && !hasMaintainers) {
      return [
        finding(
          member,
          'goes to maintainers, but none are named',
          'List them in `maintainers` beside it, or choose another audience.',
        ),
      ]
    }
    return text === 'results' && !hasResults
      ? [
          finding(
            member,
            'goes to the results list, but none is named',
            'Give its address in `results` beside it, or choose another audience.',
          ),
        ]
      : []
  })
}

/** Minutes, so that `7:00` is `07:00`. */
function minutesOf(time: Loose): number {
  const [hours, minutes] = (textOf(time) ?? '').split(':')
  return Number(hours) * 60 + Number(minutes)
}

function checkQuietHours({ own }: Layers): readonly Finding[] {
  const quiet = child(own, 'quietHours')
  const [from, to] = [child(quiet, 'from'), child(quiet, 'to')]
  if (isPresent(from) !== isPresent(to)) {
    const [given, missing] = isPresent(from) ? [from, 'to'] : [to, 'from']
    const message = `is one end of the night, and \`${missing}\`, the other end, is not there`
    return [finding(given, message, "Give both: `{ from: '22:00', to: '07:00' }`.")]
  }
  return isPresent(from) && minutesOf(from) === minutesOf(to)
    ? [
        finding(
          to,
          'is when the quiet hours begin: that is no time at all',
          'Choose another time; for weekends alone leave out `from` and `to`.',
        ),
      ]
    : []
}

/** What goes to the author where nothing is configured. */
const toAuthors: readonly string[] = ['conflict', 'damaged', 'baseMissing', 'problem']

/** A summary is for those who hear of many series, and somebody must be there to read it. */
function checkDigest(layers: Layers): readonly Finding[] {
  const ofAuthors = members(child(layers.own, 'when'))
    .filter((timing) => textOf(timing) === 'digest')
    .filter((timing) => {
      const kind = String(timing.keyPath.at(-1))
      const audience = valueOf(layers, kind)
      return audience === null ? toAuthors.includes(kind) : textOf(audience) === 'author'
    })
    .map((timing) =>
      finding(
        timing,
        'puts into a digest what goes to the author alone',
        'Choose `always` or `on-change`, or another audience.',
      ),
    )
  const to = child(child(layers.own, 'digest'), 'to')
  const readers = textOf(to)
  const isUnread =
    (readers === 'maintainers' && items(valueOf(layers, 'maintainers') ?? to).length === 0) ||
    (readers === 'results' && valueOf(layers, 'results') === null)
  return isUnread
    ? [
        ...ofAuthors,
        finding(
          to,
          `sends the digest to \`${readers}\`, which is not given`,
          `Give \`${readers}\` in the same section, or send it to the \`list\`.`,
        ),
      ]
    : ofAuthors
}

/** Whether reports can reach whom they are meant for, at a time that exists. */
export function checkReports(root: Loose): readonly Finding[] {
  return layersOf(root).flatMap((layers) => [
    ...checkReachable(layers),
    ...checkQuietHours(layers),
    ...checkDigest(layers),
  ])
}
