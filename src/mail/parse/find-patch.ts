import type { Mailbox } from '../../core/message.ts'
import { type DiffScan, scanDiff } from '../../core/patch/scan-diff.ts'
import { type ByteText, withoutPatchCr } from './byte-text.ts'
import { flattenParts, needsFlattening } from './flatten-parts.ts'
import { type HeaderBlock, lastValueOf, readHeaderBlock } from './header-block.ts'
import { commitMessageOf, type MailInfo, readMailInfo } from './mailinfo.ts'
import { readChangeset } from './mercurial.ts'
import { isMultipart, type MailPart } from './mime-parts.ts'
import type { RepairName } from './repairs.ts'
import { senderOf } from './submitter.ts'
import type { FlowRule } from './unflow-as-git.ts'

export interface FoundPatch {
  readonly info: MailInfo
  readonly scan: DiffScan
  /** Names of the repairs without which git would read another patch, or none. */
  readonly repairs: readonly RepairName[]
  /** Sender of the mail that was found inside this one; null where the patch is its own. */
  readonly innerSender: Mailbox | null
  /** How many more whole patch mails are attached than the one that was taken. */
  readonly attachedMore: number
}

/**
 * The patch in a mail, as git reads it wherever that is right. Where it is not, named repairs: an attached or wrapped
 * whole patch mail (`attached-mail`), a Mercurial changeset (`mercurial`), format=flowed that was not meant
 * (`not-flowed`, `stuffed-only`), parts that git's reading of MIME takes for text or for a second patch
 * (`mime-parts`), an OpenPGP cleartext signature (`clear-signed`), a compressed attachment (`unpacked`), and what git
 * refuses to read (`charset`, `encoded-words`, `boundaries`). What a reply or a bounce carries as message/rfc822 is
 * the mail that it answers, not a patch; `wrapped` is the part that a list wrapped this very mail in, if any.
 */
export function findPatch(
  block: HeaderBlock,
  info: MailInfo,
  parts: readonly MailPart[],
  isReply: boolean,
  wrapped: MailPart | null,
): FoundPatch | null {
  const isBounce = /^multipart\/report\b/i.test(lastValueOf(block.fields, 'content-type') ?? '')
  const own = parts.filter(
    (part) => part.type !== 'message/rfc822' || part === wrapped || !(isReply || isBounce),
  )
  const attached = own.flatMap(attachedPatches)
  const [first] = attached
  if (first !== undefined) {
    return { ...first, attachedMore: attached.length - 1 }
  }
  if (own.length < parts.length) {
    return soundest(block, own)
  }
  const plain = patchOf(info, [...info.refusals])
  const isDamaged = plain === null || plain.scan.fault !== null
  if (isMultipart(block.fields) || needsFlattening(parts)) {
    const flat = soundest(block, parts)
    if (flat?.scan.fault === null && (isDamaged || showsParts(info) || hasForeign(plain, flat))) {
      return flat
    }
  }
  return (info.isFlowed && isDamaged ? unflowed((flow) => readAsSent(block, flow)) : null) ?? plain
}

/** The patch in the text of these parts, read one after the other. */
function soundest(block: HeaderBlock, parts: readonly MailPart[]): FoundPatch | null {
  function read(flow: FlowRule): FoundPatch | null {
    const { block: flat, repairs } = flattenParts(block, parts, flow)
    const info = readMailInfo(flat)
    const isNamed = repairs.length > 0 && !isMultipart(block.fields)
    return patchOf(info, [...info.refusals, ...(isNamed ? [] : mimeParts), ...repairs])
  }
  const found = read('git')
  const mayBeUnflowed = found?.scan.fault !== null && parts.some((part) => part.isFlowed)
  return (mayBeUnflowed ? unflowed(read) : null) ?? found
}

const mimeParts = ['mime-parts'] as const

function readAsSent(block: HeaderBlock, flow: FlowRule): FoundPatch | null {
  const info = readMailInfo(block, flow)
  return patchOf(info, [...info.refusals])
}

/** Whether git took the beginning of a part for text of the message. */
function showsParts(info: MailInfo): boolean {
  return info.refusals.has('boundaries') || /^--\S+\nContent-[A-Za-z-]+:/m.test(info.log)
}

/** Whether git took what is no text, or HTML that says the same again, into the message or the diff. */
function hasForeign(plain: FoundPatch, flat: FoundPatch): boolean {
  return commitMessageOf(plain.info) !== commitMessageOf(flat.info) || hasAgain(plain, flat)
}

/** Whether some file of the diff is there again that is there only once. */
function hasAgain(plain: FoundPatch, flat: FoundPatch): boolean {
  const known = new Set(flat.scan.parts.map(nameOfPart))
  return (
    plain.scan.parts.length > flat.scan.parts.length &&
    plain.scan.parts.every((part) => known.has(nameOfPart(part)))
  )
}

function nameOfPart({ file }: FoundPatch['scan']['parts'][number]): string {
  return JSON.stringify([file.oldPath, file.newPath])
}

/**
 * The patch of a mail that wrongly says it is flowed; null where that does not help. Every line of a diff that begins
 * with one blank only shows that none was stuffed.
 */
function unflowed(read: (flow: FlowRule) => FoundPatch | null): FoundPatch | null {
  const asWritten = read('none')
  const isStuffed = asWritten !== null && !/^ (?! )/m.test(asWritten.info.patch)
  const found = isStuffed ? read('stuffing') : asWritten
  const repair = isStuffed ? 'stuffed-only' : 'not-flowed'
  return found?.scan.fault === null ? { ...found, repairs: [...found.repairs, repair] } : null
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

/** The patch mails that a part holds from its first byte: header fields or an mbox separator, and a diff. */
function attachedPatches(part: MailPart): readonly FoundPatch[] {
  const isWhole = part.type === 'message/rfc822' || part.isAttachment || part.fileName !== ''
  if (
    !isWhole ||
    !/^\s*(?:From |>?From:|Subject:|Date:|Return-Path:|Received:|Message-ID:)/i.test(part.content)
  ) {
    return []
  }
  const unpacked: readonly RepairName[] = part.isUnpacked ? ['unpacked'] : []
  return withoutPatchCr(part.content)
    .split(separatorBefore)
    .flatMap((mail) => {
      const block = readHeaderBlock(mail)
      const info = readMailInfo(block)
      const found = patchOf(info, [...info.refusals, ...unpacked, 'attached-mail'])
      return found === null ? [] : [{ ...found, innerSender: senderOf(block.fields) }]
    })
}

/** A mailbox of several patches may be attached, as `git format-patch --stdout` writes it. */
const separatorBefore = /\n(?=From \S+ [^\n]*\d\d:\d\d:\d\d \d{4}\n[A-Za-z-]+:)/
const formatPatchDate = ' Mon Sep 17 00:00:00 2001\n'
/** What format-patch writes before each patch: below a diff it begins the next one. */
const nextPatch = /^From [0-9a-f]{40} Mon Sep 17 00:00:00 2001\n/gm

/** How many whole patches follow the first in the text. */
export function patchesBelow({ info, scan }: FoundPatch): number {
  if (!info.patch.includes(formatPatchDate)) {
    return 0
  }
  const starts = [...info.patch.matchAll(nextPatch)].map(({ index }) => index)
  return starts.filter((start, at) =>
    scan.parts.some((part) => part.start > start && part.start < (starts[at + 1] ?? Infinity)),
  ).length
}

/** The diff alone: every file with its hunks, what stands around them left out. */
export function diffOf(found: FoundPatch): ByteText {
  const { parts, fault } = found.scan
  const patch = found.info.patch
  return fault === null
    ? parts.map((part) => patch.slice(part.start, part.end)).join('')
    : patch.slice(parts[0]?.start ?? 0)
}
