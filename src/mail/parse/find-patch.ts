import type { Mailbox } from '../../core/message.ts'
import { type DiffScan, scanDiff } from '../../core/scan-diff.ts'
import { type ByteText, withoutCr } from './byte-text.ts'
import { type HeaderBlock, readHeaderBlock } from './header-block.ts'
import { type MailInfo, readMailInfo } from './mailinfo.ts'
import { readChangeset } from './mercurial.ts'
import type { MailPart } from './mime-parts.ts'
import { senderOf } from './submitter.ts'

export interface FoundPatch {
  readonly info: MailInfo
  readonly scan: DiffScan
  /** Names of the repairs without which git would read another patch, or none. */
  readonly repairs: readonly string[]
  /** Sender of the mail that was found inside this one; null where the patch is its own. */
  readonly innerSender: Mailbox | null
  /** More whole patch mails are attached than the one that was taken. */
  readonly attachedMore: number
}

/**
 * The patch in a mail, as git reads it wherever that is right. Where it is not, named repairs: an attached or wrapped
 * whole patch mail (`attached-mail`), a Mercurial changeset (`mercurial`), format=flowed that was not meant
 * (`not-flowed`, `stuffed-only`), and what git refuses to read (`charset`, `encoded-words`, `boundaries`).
 */
export function findPatch(
  block: HeaderBlock,
  info: MailInfo,
  parts: readonly MailPart[],
): FoundPatch | null {
  const attached = parts.flatMap((part) => attachedPatch(part) ?? [])
  const [first] = attached
  if (first !== undefined) {
    return { ...first, attachedMore: attached.length - 1 }
  }
  const own = info.patch === '' ? null : patchOf(info, [...info.refusals])
  if (info.isFlowed && (own === null || own.scan.fault !== null)) {
    const better = (['none', 'stuffing'] as const)
      .map((flow) => patchOf(readMailInfo(block, flow), [...info.refusals, flowRepair[flow]]))
      .find((found) => found !== null && found.scan.fault === null)
    return better ?? own
  }
  return own
}

const flowRepair = { none: 'not-flowed', stuffing: 'stuffed-only' } as const

function patchOf(info: MailInfo, repairs: readonly string[]): FoundPatch | null {
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
  const found = info.patch === '' ? null : patchOf(info, [...info.refusals, 'attached-mail'])
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
