import type { Forge } from '../forge.ts'
import { isMarkedWith, isSameText, markerKey, withMarker } from '../marker.ts'
import { readAccount } from './accounts.ts'
import { type CommentAnswer, commentAnswer } from './answers.ts'
import type { Query } from './client.ts'
import type { RepositoryAccess } from './repository-access.ts'

export function openComments(
  access: RepositoryAccess,
): Pick<Forge, 'ensureComment' | 'listComments'> {
  const { client, path } = access

  /** All at once: the servers do not page them. */
  function list(
    number: number,
    query: Query,
    signal: AbortSignal,
  ): Promise<readonly CommentAnswer[]> {
    return client.get(`${path}/issues/${number}/comments`, commentAnswer.array(), signal, query)
  }

  return {
    async ensureComment(number, key, body, signal) {
      const login = await access.login(signal)
      const wanted = withMarker(body, key)
      const found = (await list(number, {}, signal)).find(
        (comment) => comment.user.login === login && isMarkedWith(comment.body, key),
      )
      if (found === undefined) {
        const url = `${path}/issues/${number}/comments`
        const made = await client.send('POST', url, { body: wanted }, commentAnswer, signal)
        return { change: 'created', value: String(made.id) }
      }
      if (isSameText(found.body, wanted)) {
        return { change: 'unchanged', value: String(found.id) }
      }
      const url = `${path}/issues/comments/${found.id}`
      await client.ask('PATCH', url, { body: { body: wanted } }, signal)
      return { change: 'updated', value: String(found.id) }
    },
    async listComments(number, since, signal) {
      const login = await access.login(signal)
      const found = await list(number, since === null ? {} : { since: since.toISOString() }, signal)
      return found
        .toSorted((a, b) => a.id - b.id)
        .map((comment) => ({
          id: String(comment.id),
          url: comment.html_url,
          author: readAccount(comment.user, login),
          body: comment.body,
          key: comment.user.login === login ? markerKey(comment.body) : null,
          createdAt: comment.created_at,
          updatedAt: comment.updated_at,
        }))
    },
  }
}
