import type { Sha, TopicId } from '../../core/ids.ts'

/** A topic id as a path or a search names it; null for anything else. */
export function toTopicIdParam(text: string): TopicId | null {
  return /^[0-9a-f]{12}$/.test(text) ? (text as TopicId) : null
}

/** A full object name as a query or a form gives it; null for anything else. */
export function toShaParam(text: string | null | undefined): Sha | null {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text ?? '') ? (text as Sha) : null
}
