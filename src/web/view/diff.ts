import { cut, foreign, foreignPlain, visible } from './foreign.ts'
import { type Html, html } from './html.ts'
import { type DiffFile, type DiffLine, splitDiff } from './split-diff.ts'

/** Files with more lines are folded. */
const openLines = 400
/** What one page shows of one file; `git show` has the rest. */
const shownLines = 5000
const lineLimit = 2000

function line({ kind, text }: DiffLine): Html {
  // The newline is inside, so that copying gives a diff again.
  return html`<span class="${kind}">${visible(cut(text, lineLimit))}\n</span>`
}

/** `+12 −3`, said in words to a screen reader. */
export function changeCount(added: number, removed: number): Html {
  return html`<span class="changes"><span class="added">+${added}<span class="unseen"> added,</span></span> <span class="removed">−${removed}<span class="unseen"> removed</span></span></span>`
}

function fileView(file: DiffFile): Html {
  const shown = file.lines.slice(0, shownLines)
  const left = file.lines.length - shown.length
  return html`<details class="file"${file.lines.length <= openLines && html` open`}>
<summary><span class="path">${foreign(file.path, 300)}</span> ${changeCount(file.added, file.removed)}</summary>
<pre class="diff" tabindex="0" role="region" aria-label="Changes of ${foreignPlain(file.path)}"><code>${shown.map(line)}</code></pre>
${left > 0 && html`<p class="hint">${left} more lines are not shown here.</p>`}
</details>`
}

/** A diff by files, lines coloured and told apart by their first character. */
export function diffView(diff: string): Html {
  return html`<div class="files">${splitDiff(diff).map(fileView)}</div>`
}
