import {
  type ByteText,
  isSpace,
  nextLine,
  squeezeSpace,
  trimEnd,
  upToNul,
  utf8,
} from './byte-text.ts'
import { decodeText, isFalselyWide, isSameInUtf8, recodeToUtf8 } from './charset.ts'
import { decodeEncodedWords } from './encoded-words.ts'
import { authorAsGit, type GitAuthor, subjectAsGit } from './git-author.ts'
import { type GitBody, readGitBody } from './git-body.ts'
import type { HeaderBlock } from './header-block.ts'
import type { RepairName } from './repairs.ts'
import type { FlowRule } from './unflow-as-git.ts'

/** What `git mailinfo` makes of a mail. Byte text: UTF-8 where git converts, as sent where it does not. */
export interface MailInfo {
  readonly author: GitAuthor
  readonly subject: ByteText
  /** As written; empty when there is none. */
  readonly date: ByteText
  /** The commit message below the subject. */
  readonly log: ByteText
  /** Everything from the first line that looks like a patch or is `---`. Empty when there is none. */
  readonly patch: ByteText
  /** An in-body `From:` names the author. */
  readonly hasInBodyFrom: boolean
  readonly isFlowed: boolean
  /** Why git refuses this mail: names of the repairs that were made to read it all the same. Empty where it does not. */
  readonly refusals: ReadonlySet<RepairName>
}

/**
 * Reads a mail (LF line ends) as `git mailinfo` (2.39, without options, UTF-8 commits) does, byte for byte where git
 * does not refuse it and `flow` is git's. Scissors are not cut at, as in `git am`.
 */
export function readMailInfo(block: HeaderBlock, flow: FlowRule = 'git'): MailInfo {
  const body = readGitBody(block, flow)
  const refusals = new Set(body.refusals)
  const { log, patch, inBody } = splitBody(body, refusals)
  const used = patch === '' ? body.headers : new Map([...body.headers, ...inBody])
  return {
    author: authorAsGit(used.get('from') ?? ''),
    subject: subjectAsGit(used.get('subject') ?? ''),
    date: squeezeSpace(used.get('date') ?? ''),
    log,
    patch,
    hasInBodyFrom: patch !== '' && inBody.has('from'),
    isFlowed: body.isFlowed,
    refusals,
  }
}

interface SplitBody {
  readonly log: ByteText
  readonly patch: ByteText
  readonly inBody: ReadonlyMap<string, ByteText>
}

function splitBody(body: GitBody, refusals: Set<RepairName>): SplitBody {
  const log: ByteText[] = []
  const patch: ByteText[] = []
  const inBody = new Map<string, ByteText>()
  let inHeaders = true
  let inPatch = false
  let pending = ''

  function flush(): void {
    const field = inBodyField(pending)
    if (field !== null) {
      const { value, isRefused } = decodeEncodedWords(upToNul(field.value))
      inBody.set(field.name, value)
      if (isRefused) {
        refusals.add('encoded-words')
      }
    }
    pending = ''
  }

  /** Whether the line belongs to the in-body header. */
  function readInBody(line: ByteText): boolean {
    if (pending !== '' && (line[0] === ' ' || line[0] === '\t')) {
      pending = pending.replace(/\n$/, '') + line
      return true
    }
    flush()
    if (line.startsWith('>From') && isSpace(line[5])) {
      return formatPatchLine.test(line)
    }
    if (line.startsWith('[PATCH]') && isSpace(line[7])) {
      inBody.set('subject', line)
      return true
    }
    const field = inBodyField(line)
    if (field === null || inBody.has(field.name)) {
      return false
    }
    pending = line
    return true
  }

  function inUtf8(line: ByteText, charset: string): ByteText {
    const recoded = isFalselyWide(line, charset) ? null : recodeToUtf8(line, charset)
    if (recoded === null) {
      refusals.add('charset')
    }
    return recoded ?? utf8(decodeText(line, charset).text)
  }

  /** `charset` is null where the line is in UTF-8 as it is. */
  function readLine(line: ByteText, charset: string | null): void {
    if (inHeaders && line === '\n') {
      inHeaders = pending === ''
      flush()
      return
    }
    inHeaders &&= readInBody(line)
    if (inHeaders) {
      return
    }
    const text = charset === null ? line : inUtf8(line, charset)
    inPatch = isPatchBreak(text)
    ;(inPatch ? patch : log).push(text)
  }

  for (const { text, charset: declared } of body.chunks) {
    const charset = isSameInUtf8(text, declared) ? null : declared
    for (let at = 0; at < text.length; ) {
      const end = inPatch ? text.length : nextLine(text, at)
      if (inPatch) {
        patch.push(text.slice(at))
      } else {
        readLine(text.slice(at, end), charset)
      }
      at = end
    }
  }
  if (!body.endsInBoundary) {
    flush()
  }
  return { log: log.join(''), patch: patch.join(''), inBody }
}

const formatPatchLine = /^>From [0-9a-f]{40} Mon Sep 17 00:00:00 2001\n$/
const inBodyName = /^(from|subject|date):/i

function inBodyField(line: ByteText): { readonly name: string; readonly value: ByteText } | null {
  const name = inBodyName.exec(line)?.[1]?.toLowerCase()
  if (name === undefined) {
    return null
  }
  return { name, value: line.slice(name.length + 1).replace(/^[ \t\n\r]+/, '') }
}

/** Whether the patch begins at this line: `diff -`, `Index: `, `--- name`, or `---` alone. */
export function isPatchBreak(line: ByteText): boolean {
  if (line.startsWith('diff -') || line.startsWith('Index: ')) {
    return true
  }
  if (line.length < 4 || !line.startsWith('---')) {
    return false
  }
  if (line[3] === ' ' && !isSpace(line[4])) {
    return true
  }
  return line.endsWith('\n') && trimEnd(line) === '---'
}

/**
 * The commit message `git am` records: subject, empty line, log; without blanks at line ends, without empty lines at
 * either end, and with single ones between.
 */
export function commitMessageOf(info: Pick<MailInfo, 'subject' | 'log'>): ByteText {
  const lines: ByteText[] = []
  let gap = 0
  for (const line of `${info.subject}\n\n${info.log}`.split('\n')) {
    const text = trimEnd(line)
    if (text === '') {
      gap += 1
      continue
    }
    if (gap > 0 && lines.length > 0) {
      lines.push('')
    }
    gap = 0
    lines.push(text)
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}
