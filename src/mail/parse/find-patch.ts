import type { Mailbox } from '../../core/message.ts'
import { type DiffScan, scanDiff } from '../../core/scan-diff.ts'
import { type ByteText, utf8, withoutCr } from './byte-text.ts'
import { type HeaderBlock, lastValueOf, readHeaderBlock } from './header-block.ts'
import { type MailInfo, readMailInfo } from './mailinfo.ts'
import { readChangeset } from './mercurial.ts'
import { isMultipart, type MailPart } from './mime-parts.ts'
import type { RepairName } from './repairs.ts'
import { senderOf } from './submitter.ts'

export interface FoundPatch {
  readonly info: MailInfo
  readonly scan: DiffScan
  /** Names of the repairs without which git would read another patch, or none. */
  readonly repairs: readonly RepairName[]
  /** Sender of the mail that was found inside this one; null where the patch is its own. */
  readonly innerSender: Mailbox | null
  /** More whole patch mails are attached than the one that was taken. */
  readonly attachedMore: number
}

/**
 * The patch in a mail, as git reads it wherever that is right. Where it is not, named repairs: an attached or wrapped
 * whole patch mail (`attached-mail`), a Mercurial changeset (`mercurial`), format=flowed that was not meant
 * (`not-flowed`, `stuffed-only`), nested parts that git's reading of MIME takes for text (`mime-parts`), and what git
 * refuses to read (`charset`, `encoded-words`, `boundaries`). What a reply or a bounce carries as message/rfc822 is
 * the mail that it answers, not a patch.
 */
export function findPatch(
  block: HeaderBlock,
  info: MailInfo,
  parts: readonly MailPart[],
  isReply: boolean,
): FoundPatch | null {
  const isBounce = /^multipart\/report\b/i.test(lastValueOf(block.fields, 'content-type') ?? '')
  const own = parts.filter((part) => part.type !== 'message/rfc822' || !(isReply || isBounce))
  const attached = own.flatMap((part) => attachedPatch(part) ?? [])
  const [first] = attached
  if (first !== undefined) {
    return { ...first, attachedMore: attached.length - 1 }
  }
  if (own.length < parts.length) {
    return flattened(block, own)
  }
  const plain = patchOf(info, [...info.refusals])
  const isDamaged = plain === null || plain.scan.fault !== null
  const mayBeHidden = isMultipart(block.fields) && (isDamaged || showsParts(info))
  const better = mayBeHidden ? flattened(block, parts) : null
  if (better?.scan.fault === null) {
    return better
  }
  return (info.isFlowed && isDamaged ? unflowed(block) : null) ?? plain
}

/** The patch in the text of these parts, read one after the other. */
function flattened(block: HeaderBlock, parts: readonly MailPart[]): FoundPatch | null {
  const info = readMailInfo(flatten(block, parts))
  return patchOf(info, [...info.refusals, 'mime-parts'])
}

/** Whether git took the beginning of a part for text of the message. */
function showsParts(info: MailInfo): boolean {
  return info.refusals.has('boundaries') || /^--\S+\nContent-[A-Za-z-]+:/m.test(info.log)
}

/** A mail of one part: all that is text or named as a patch. */
function flatten(block: HeaderBlock, parts: readonly MailPart[]): HeaderBlock {
  const texts = parts.filter(
    (part) =>
      part.type === 'text/plain' ||
      /^text\/x-(?:patch|diff)$/.test(part.type) ||
      /\.(?:patch|diff)$/i.test(part.fileName),
  )
  const charset = texts.find((part) => part.charset !== '')?.charset ?? ''
  return {
    fields: [
      ...block.fields.filter((field) => !field.name.startsWith('content-')),
      { name: 'content-type', value: `text/plain; charset=${utf8(charset)}` },
    ],
    body: texts.map((part) => withoutCr(part.content)).join('\n'),
    isCutShort: false,
  }
}

/**
 * The patch of a mail that wrongly says it is flowed; null where that does not help. Every line of a diff that begins
 * with one blank only shows that none was stuffed.
 */
function unflowed(block: HeaderBlock): FoundPatch | null {
  const asWritten = readMailInfo(block, 'none')
  const isStuffed = !/^ (?! )/m.test(asWritten.patch)
  const info = isStuffed ? readMailInfo(block, 'stuffing') : asWritten
  const found = patchOf(info, [...info.refusals, isStuffed ? 'stuffed-only' : 'not-flowed'])
  return found?.scan.fault === null ? found : null
}

function patchOf(info: MailInfo, repairs: readonly RepairName[]): FoundPatch | null {
  const scan = scanDiff(info.patch)
  if (scan.parts.length === 0) {
    return null
  }
  const changeset = readChangeset(info)
  return {
    info: changeset ?? info,
    scan,
    repairs: changeset === null ? repairs : [...repairs, 'mercurial'],
    innerSender: null,
    attachedMore: 0,
  }
}

/** The patch mail that a part holds from its first byte: header fields or an mbox separator, and a diff. */
function attachedPatch(part: MailPart): FoundPatch | null {
  const isWhole = part.type === 'message/rfc822' || part.isAttachment || part.fileName !== ''
  if (
    !isWhole ||
    !/^\s*(?:From |>?From:|Subject:|Date:|Return-Path:|Received:|Message-ID:)/i.test(part.content)
  ) {
    return null
  }
  const block = readHeaderBlock(withoutCr(part.content))
  const info = readMailInfo(block)
  const found = patchOf(info, [...info.refusals, 'attached-mail'])
  return found === null ? null : { ...found, innerSender: senderOf(block.fields) }
}

/** The diff alone: every file with its hunks, what stands around them left out. */
export function diffOf(found: FoundPatch): ByteText {
  const { parts, fault } = found.scan
  const patch = found.info.patch
  return fault === null
    ? parts.map((part) => patch.slice(part.start, part.end)).join('')
    : patch.slice(parts[0]?.start ?? 0)
}
