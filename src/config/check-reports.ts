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

/** Whether reports can reach whom they are meant for. */
export function checkReports(root: Loose): readonly Finding[] {
  return layersOf(root).flatMap(checkReachable)
}
