import type { MessageId, Sha, TopicId } from '../../core/ids.ts'
import type { Mailbox } from '../../core/message.ts'
import { foreign, visible } from './foreign.ts'
import { type Html, html } from './html.ts'

/** Ten digits of a commit, the whole of it as the title. */
export function shortSha(sha: Sha): Html {
  return html`<code class="sha" title="${sha}">${sha.slice(0, 10)}</code>`
}

export function person({ name, address }: Mailbox): Html {
  return name === '' ? foreign(address, 120) : foreign(name, 80)
}

export function personWithAddress(mailbox: Mailbox): Html {
  return mailbox.name === ''
    ? foreign(mailbox.address, 120)
    : html`${foreign(mailbox.name, 80)} <span class="soft">&lt;${foreign(mailbox.address, 120)}&gt;</span>`
}

export function topicPath(topic: TopicId, version?: string): string {
  return version === undefined ? `/topics/${topic}` : `/topics/${topic}?v=${version}`
}

export function patchPath(topic: TopicId, messageId: MessageId): string {
  return `/topics/${topic}/patch?id=${encodeURIComponent(messageId)}`
}

export function mailPath(messageId: MessageId): string {
  return `/mail?id=${encodeURIComponent(messageId)}`
}

export function mailLink(messageId: MessageId): Html {
  return html`<a class="id" href="${mailPath(messageId)}">${foreign(messageId, 120)}</a>`
}

/** Lines as they are, scrolling sideways where they are long; reachable by keyboard for that. */
export function verbatim(text: string, label: string): Html {
  return html`<pre class="verbatim" tabindex="0" role="region" aria-label="${label}">${visible(text)}</pre>`
}

/** A link to elsewhere; only text when it is no http address. */
export function outsideLink(url: string, label: string): Html {
  return /^https?:\/\//i.test(url)
    ? html`<a href="${url}" rel="noreferrer noopener nofollow">${label}</a>`
    : foreign(url)
}

/** A command to copy: one click or tap marks all of it. */
export function command(text: string): Html {
  return html`<code class="command" translate="no">${visible(text)}</code>`
}

/** Said where a list is empty. */
export function emptyNote(text: string): Html {
  return html`<p class="empty">${text}</p>`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
