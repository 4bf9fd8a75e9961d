import { scanDiff } from './scan-diff.ts'

/** What became of the blanks of a patch. */
export type SpaceDamage =
  | 'tabs-to-spaces'
  /** No-break spaces (U+00A0) stand where the file has ordinary blanks. */
  | 'no-break-spaces'
  /** The file has CRLF line ends, the patch no longer. */
  | 'line-ends'
  /** Blanks at the ends of lines were lost. */
  | 'trailing-blanks'
  /** Some other change of blanks, such as runs of them made one. */
  | 'blanks'

/** A file that a patch changes, as it was before. */
export interface PreImage {
  readonly text: string
  /** It is the very blob that the patch names, and not only the file of the same name in the base. */
  readonly isNamed: boolean
}

interface OldLines {
  readonly name: string
  /** Context and removed lines of one hunk. */
  readonly lines: readonly string[]
}

/** What becomes of the blanks of one hunk becomes of them all: no patch is worth looking at longer. */
const mostHunks = 50

/** The lines that each hunk wants to find. */
function oldLines(diff: string): readonly OldLines[] {
  return scanDiff(diff).parts.flatMap(({ file, start, end }) => {
    const name = file.oldPath
    return name === null
      ? []
      : diff
          .slice(start, end)
          .split(/^@@ [^\n]*\n/m)
          .slice(1)
          .map((hunk) => ({
            name,
            lines: hunk
              .replace(/\n$/, '')
              .split('\n')
              .filter((line) => !/^[+\\]/.test(line))
              .map((line) => line.slice(1)),
          }))
  })
}

/** Where `lines` stand in the file; -1 where they do not. */
function find(lines: readonly string[], file: readonly string[]): number {
  return file.findIndex((_, at) => lines.every((line, n) => line === file[at + n]))
}

function squeezed(line: string): string {
  return line.replace(/[\s\u00a0]+/g, '')
}

interface FileLines {
  readonly image: PreImage
  readonly lines: readonly string[]
  readonly squeezed: readonly string[]
}

function readLines(image: PreImage): FileLines {
  const lines = image.text.split('\n')
  return { image, lines, squeezed: lines.map(squeezed) }
}

function kindOf(theirs: string, ours: string): SpaceDamage {
  if (theirs.includes('\u00a0') && !ours.includes('\u00a0')) {
    return 'no-break-spaces'
  }
  if (`${theirs}\r` === ours) {
    return 'line-ends'
  }
  if (theirs === ours.trimEnd()) {
    return 'trailing-blanks'
  }
  return ours.includes('\t') && !theirs.includes('\t') ? 'tabs-to-spaces' : 'blanks'
}

/** Without the very blob that the patch was made from, its author may have had other blanks in that file. */
function isCertain(kind: SpaceDamage, diff: string, { isNamed }: PreImage): boolean {
  return (
    isNamed || kind === 'no-break-spaces' || (kind === 'tabs-to-spaces' && !diff.includes('\t'))
  )
}

/**
 * Whether hunks fail for their blanks alone: their lines are not in the file as they are, but are there once blanks do
 * not count. Null where no hunk does, or where that may as well be an honest conflict. All texts have the file's own
 * line ends; `files` go by their name before the patch.
 */
export function spaceDamage(
  diff: string,
  files: ReadonlyMap<string, PreImage>,
): { readonly kind: SpaceDamage; readonly evidence: string } | null {
  const known = new Map([...files].map(([name, image]) => [name, readLines(image)]))
  for (const { name, lines } of oldLines(diff).slice(0, mostHunks)) {
    const file = known.get(name)
    if (file === undefined || !lines.some((line) => squeezed(line) !== '')) {
      continue
    }
    const at = find(lines, file.lines) === -1 ? find(lines.map(squeezed), file.squeezed) : -1
    const index = at === -1 ? -1 : lines.findIndex((line, n) => line !== file.lines[at + n])
    if (index !== -1) {
      const evidence = lines[index] ?? ''
      const kind = kindOf(evidence, file.lines[at + index] ?? '')
      return isCertain(kind, diff, file.image) ? { kind, evidence } : null
    }
  }
  return null
}
