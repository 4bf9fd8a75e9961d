import { type ByteText, nextLine, utf8, withoutPatchCr } from './byte-text.ts'
import {
  decodeStrictly,
  decodeText,
  isFalselyWide,
  isUtf8,
  isWide,
  recodeToUtf8,
} from './charset.ts'
import { readClearSigned } from './clear-signed.ts'
import type { HeaderBlock } from './header-block.ts'
import { isPatchBreak } from './mailinfo.ts'
import type { MailPart } from './mime-parts.ts'
import type { RepairName } from './repairs.ts'
import { type FlowRule, unflow } from './unflow-as-git.ts'

export interface FlattenedMail {
  readonly block: HeaderBlock
  /** What was undone in the parts. */
  readonly repairs: readonly RepairName[]
}

/** A mail of one part: all that is text, or a patch by its type, name or content. */
export function flattenParts(
  block: HeaderBlock,
  parts: readonly MailPart[],
  flow: FlowRule,
): FlattenedMail {
  const texts = parts.filter(isText).map((part) => plainText(part, flow))
  return {
    block: {
      fields: [
        ...block.fields.filter((field) => !field.name.startsWith('content-')),
        { name: 'content-type', value: 'text/plain' },
      ],
      body: texts.map((part) => part.content).join('\n'),
      isCutShort: false,
    },
    repairs: [...new Set(texts.flatMap((part) => part.repairs))],
  }
}

/** Whether the text of some part must be undone before git can read it. */
export function needsFlattening(parts: readonly MailPart[]): boolean {
  return parts.some(
    (part) => isWide(part.charset) || part.isUnpacked || readClearSigned(part.content) !== null,
  )
}

function isText(part: MailPart): boolean {
  return (
    part.type === 'text/plain' ||
    /^(?:text|application)\/x-(?:patch|diff)$/.test(part.type) ||
    /\.(?:patch|diff)$/i.test(part.fileName) ||
    (mayHoldDiff.test(part.type) && holdsDiff(part.content))
  )
}

const mayHoldDiff = /^(?:application|text)\/(?!html|xhtml|enriched|rtf|richtext)/

function holdsDiff(content: ByteText): boolean {
  return !content.includes('\0') && /^(?:diff -|Index: |--- )/m.test(content)
}

interface PlainText {
  readonly content: ByteText
  readonly repairs: readonly RepairName[]
}

function plainText(part: MailPart, flow: FlowRule): PlainText {
  const repairs: RepairName[] = part.isUnpacked ? ['unpacked'] : []
  const mayBeWide = isWide(part.charset) && !isFalselyWide(part.content, part.charset)
  const wide = mayBeWide ? decodeStrictly(part.content, part.charset) : null
  let content = withoutPatchCr(wide === null ? part.content : utf8(wide))
  const signed = readClearSigned(content)
  if (signed !== null) {
    content = signed
    repairs.push('clear-signed')
  }
  if (part.isFlowed) {
    content = unflow(content, part.isDelSp, flow)
  }
  const message = messageInUtf8(content, wide === null ? part.charset : '')
  if (wide !== null || !message.asDeclared) {
    repairs.push('charset')
  }
  return { content: message.content, repairs }
}

/** What stands before the diff in UTF-8; the diff is in the charset of its files. */
function messageInUtf8(
  content: ByteText,
  charset: string,
): { readonly content: ByteText; readonly asDeclared: boolean } {
  if (charset === '' || isUtf8(charset)) {
    return { content, asDeclared: true }
  }
  let end = 0
  while (end < content.length && !isPatchBreak(content.slice(end, nextLine(content, end)))) {
    end = nextLine(content, end)
  }
  const before = content.slice(0, end)
  const isFalse = isFalselyWide(content, charset)
  const recoded = isFalse ? null : recodeToUtf8(before, charset)
  const message = recoded ?? utf8(decodeText(before, isFalse ? '' : charset).text)
  return { content: message + content.slice(end), asDeclared: recoded !== null }
}
