import type { Sha } from '../../../core/ids.ts'
import { foldersOf } from '../patch/read-diff.ts'
import { type Folder, findEntry } from './folder.ts'

export const attributesFile = '.gitattributes'

/** What attributes (gitattributes(5)) can do to files on their way through a work tree. */
export type Turning = 'nothing' | 'line-ends' | 'contents'

/** Attributes by which git could turn any content into something else, or merge otherwise. */
const turningContents = new Set(['filter', 'ident', 'working-tree-encoding', 'merge', '[attr]'])
/** Those that do it to line ends alone. */
const turningLineEnds = new Set(['text', 'crlf', 'eol', 'binary'])

/** Files that may have attributes among them. */
export interface Attributed {
  readonly root: Folder
  readonly blobs: ReadonlyMap<Sha, Buffer>
  /** By blob, as far as they were read: there are many patches and few such files. */
  readonly turnings: Map<Sha, Turning>
}

/** The most that the attributes for these paths can do, whichever files they are for. */
export function turningFor(files: Attributed, paths: readonly string[]): Turning {
  const folders = new Set(paths.flatMap((path) => ['', ...foldersOf(path)]))
  return mostOf(
    [...folders].map((folder) =>
      turningAt(files, folder === '' ? attributesFile : `${folder}/${attributesFile}`),
    ),
  )
}

function turningAt({ root, blobs, turnings }: Attributed, path: string): Turning {
  const entry = findEntry(root, path)
  if (entry === null || entry === 'behind-a-file') {
    return 'nothing'
  }
  const known = turnings.get(entry.sha)
  if (known !== undefined) {
    return known
  }
  const said = blobs.get(entry.sha)
  const turning = said === undefined ? 'contents' : turningIn(said.toString('latin1'))
  turnings.set(entry.sha, turning)
  return turning
}

/** The most that an attributes file with this text can do. */
export function turningIn(text: string): Turning {
  const names = attributesIn(text)
  if (names.some((name) => turningContents.has(name))) {
    return 'contents'
  }
  return names.some((name) => turningLineEnds.has(name)) ? 'line-ends' : 'nothing'
}

export function mostOf(turnings: readonly Turning[]): Turning {
  if (turnings.includes('contents')) {
    return 'contents'
  }
  return turnings.includes('line-ends') ? 'line-ends' : 'nothing'
}

/** Every attribute that is named, whatever the pattern before it; macros by their `[attr]`. */
function attributesIn(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [, ...words] = line
      .trim()
      .replace(/^"(?:[^"\\]|\\.)*"/, 'quoted')
      .split(/[ \t\r]+/)
    const names = words.map((word) => word.replace(/^[-!]/, '').replace(/=.*$/s, ''))
    return line.includes('[attr]') ? ['[attr]', ...names] : names
  })
}
