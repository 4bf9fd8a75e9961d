/** What servers take for the mark of a draft where nobody configured others (`WORK_IN_PROGRESS_PREFIXES`). */
const mark = /^(?:WIP:|\[WIP\])\s*/i

/** Keeps a title that begins like a draft's from being one; nobody sees it. */
const wordJoiner = '\u2060'

/** Longer titles are cut by the servers, at a byte, with an ellipsis. */
const maxTitleBytes = 255
const ellipsis = '\u2026'

export interface DraftTitle {
  readonly title: string
  readonly draft: boolean
}

/** The title as the server has it: a draft is marked by how it begins. */
export function writeDraftTitle({ title, draft }: DraftTitle): string {
  const text = title.trim()
  return cutTitle(draft ? `WIP: ${text}` : mark.test(text) ? `${wordJoiner}${text}` : text)
}

/** Reads what `writeDraftTitle` wrote, and what people write. */
export function readDraftTitle(written: string): DraftTitle {
  if (written.startsWith(wordJoiner)) {
    return { title: written.slice(wordJoiner.length), draft: false }
  }
  return { title: written.replace(mark, ''), draft: mark.test(written) }
}

function cutTitle(title: string): string {
  if (Buffer.byteLength(title) <= maxTitleBytes) {
    return title
  }
  let kept = ''
  for (const character of title) {
    if (Buffer.byteLength(kept + character + ellipsis) > maxTitleBytes) {
      break
    }
    kept += character
  }
  return `${kept}${ellipsis}`
}
