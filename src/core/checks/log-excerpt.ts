import { type LogLine, logLines } from './log-lines.ts'
import { type Sign, signOf } from './log-signs.ts'
import { isAboutStep } from './log-step.ts'

/** Stands for lines that are left out. */
export const leftOut = '[...]'
const widest = 160
export const mostLines = 22
/** Several failures are each shown with a little. */
export const mostFailures = 6
/** How many lines of the end are shown besides, by tier: the less the signs say, the more. */
const endLines: Readonly<Record<Sign['tier'], number>> = { 4: 3, 3: 3, 2: 8, 1: 12 }

interface Found extends Sign {
  readonly index: number
}

export function cutLine(line: string): string {
  const characters = line.length > widest ? Array.from(line) : []
  return characters.length > widest ? `${characters.slice(0, widest - 3).join('')}...` : line
}

/** Which lines belong to a group that holds a line which the runner marked as an error. */
function troubled(lines: readonly LogLine[]): ReadonlySet<number> {
  const found = new Set<number>()
  let group: number[] | null = null
  let isTrouble = false
  for (const [index, { mark, text }] of lines.entries()) {
    if (mark === 'group') {
      group = []
      isTrouble = /^error\b/i.test(text)
    }
    group?.push(index)
    isTrouble ||= mark === 'error' && group !== null
    if (mark === 'end') {
      for (const member of isTrouble ? (group ?? []) : []) {
        found.add(member)
      }
      group = null
      isTrouble = false
    }
  }
  return found
}

function findSigns(lines: readonly LogLine[]): readonly Found[] {
  const trouble = troubled(lines)
  const found: Found[] = []
  for (const [index, line] of lines.entries()) {
    const sign = isAboutStep(line) || line.text === '' ? null : signOf(line)
    if (sign !== null) {
      const isNamed = sign.tier === 3 && trouble.has(index)
      found.push({ ...sign, index, tier: isNamed ? 4 : sign.tier })
    }
  }
  return found
}

/** The strongest signs, each text once: what names a failure makes what only follows from it superfluous. */
function strongest(lines: readonly LogLine[], found: readonly Found[]): readonly Found[] {
  const tier = Math.max(0, ...new Set(found.map((one) => one.tier)))
  const seen = new Set<string>()
  return found.filter((one) => {
    const text = (lines[one.index]?.text ?? '').trim()
    if (one.tier < tier || seen.has(text)) {
      return false
    }
    seen.add(text)
    return true
  })
}

/** What is shown of the lines so far. */
interface Shown {
  readonly indexes: Set<number>
  linesLeft: number
  bytesLeft: number
}

function add(lines: readonly LogLine[], index: number, shown: Shown): boolean {
  const line = lines[index]
  if (line === undefined || line.mark === 'end' || shown.indexes.has(index)) {
    return line !== undefined
  }
  const bytes = Buffer.byteLength(cutLine(line.text)) + 1
  if (shown.linesLeft < 1 || bytes > shown.bytesLeft) {
    return false
  }
  shown.indexes.add(index)
  shown.linesLeft -= 1
  shown.bytesLeft -= bytes
  return true
}

function addAround(lines: readonly LogLine[], sign: Found, most: number, shown: Shown): void {
  for (let ahead = 1; ahead <= Math.min(sign.after, most); ahead += 1) {
    const next = lines[sign.index + ahead]
    const isOver =
      next === undefined || next.mark === 'group' || (sign.while?.test(next.text) ?? true) === false
    if (isOver || isAboutStep(next) || !add(lines, sign.index + ahead, shown)) {
      break
    }
  }
  for (let back = 1; back <= Math.min(sign.before, most); back += 1) {
    if (sign.index < back || !add(lines, sign.index - back, shown)) {
      break
    }
  }
}

function render(lines: readonly LogLine[], indexes: ReadonlySet<number>): readonly string[] {
  const sorted = [...indexes].sort((a, b) => a - b)
  let last = -1
  const rendered = sorted.flatMap((index) => {
    const hasGap = lines.slice(last + 1, index).some(({ text }) => text.trim() !== '')
    last = index
    const line = cutLine(lines[index]?.text ?? '')
    return hasGap ? [leftOut, line] : [line]
  })
  return rendered
}

/** The last lines that say anything. */
function addEnd(lines: readonly LogLine[], most: number, shown: Shown): void {
  for (let index = lines.length - 1, count = 0; index >= 0 && count < most; index -= 1) {
    const line = lines[index]
    if (line === undefined || line.text.trim() === '' || isAboutStep(line) || line.mark === 'end') {
      continue
    }
    if (!add(lines, index, shown)) {
      return
    }
    count += 1
  }
}

function choose(lines: readonly LogLine[], maxBytes: number): readonly string[] {
  const shown: Shown = { indexes: new Set(), linesLeft: mostLines, bytesLeft: maxBytes }
  const signs = strongest(lines, findSigns(lines))
  if (signs.length === 0) {
    addEnd(lines, mostLines, shown)
    return render(lines, shown.indexes)
  }
  const tier = signs[0]?.tier ?? 1
  // What only sounds like a failure is the more likely to be one the nearer it is to the end.
  const chosen = tier === 1 ? signs.slice(-3) : signs.slice(0, mostFailures * 2)
  for (const { index } of chosen) {
    add(lines, index, shown)
  }
  addEnd(lines, endLines[tier], shown)
  const fair = Math.max(1, Math.floor(shown.linesLeft / Math.min(chosen.length, mostFailures)))
  for (const sign of chosen) {
    addAround(lines, sign, fair, shown)
  }
  return render(lines, shown.indexes)
}

function isWhole(lines: readonly LogLine[], maxBytes: number): boolean {
  const text = lines.slice(0, mostLines + 1).map((line) => cutLine(line.text))
  return lines.length <= mostLines && Buffer.byteLength(text.join('\n')) <= maxBytes
}

function trimmed(lines: readonly LogLine[]): readonly LogLine[] {
  const first = lines.findIndex(({ text }) => text.trim() !== '')
  const last = lines.findLastIndex(({ text }) => text.trim() !== '')
  return first === -1 ? [] : lines.slice(first, last + 1)
}

/** As `logExcerpt`, of lines. */
export function excerptOf(lines: readonly LogLine[], maxBytes: number): readonly string[] {
  const told = trimmed(lines.filter((line) => line.mark !== 'end' && !isAboutStep(line)))
  return isWhole(told, maxBytes) ? told.map(({ text }) => cutLine(text)) : choose(lines, maxBytes)
}

/**
 * What a person needs to see of the output of a failing program, at most `maxBytes` of UTF-8 and 22 lines: the lines that
 * name what is wrong and a little around each, by what compilers, test runners and shells write, and the last lines. Empty
 * for empty output; what was left out is marked `[...]`.
 */
export function logExcerpt(log: string, maxBytes: number): string {
  return excerptOf(logLines(log), maxBytes).join('\n')
}
