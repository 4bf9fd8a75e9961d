import { BotError } from '../../core/bot-error.ts'
import type { Forge, ForgeCapabilities } from '../../forge/forge.ts'

/** What opens a forge may have to ask the server first. */
type OpenForge = (signal: AbortSignal) => Promise<Forge>

/**
 * A forge that is opened when it is first used, and again until that succeeds: a server that is down keeps no mail waiting.
 * Until then it can what `assumed` says. Everything throws what `open` throws.
 */
export function lateForge(repository: string, assumed: ForgeCapabilities, open: OpenForge): Forge {
  let opened: Forge | null = null
  let opening: Promise<Forge> | null = null

  async function ready(signal: AbortSignal): Promise<Forge> {
    opening ??= open(signal)
    try {
      opened = await opening
      return opened
    } catch (error) {
      opening = null
      signal.throwIfAborted()
      throw error
    }
  }

  return {
    repository,
    get capabilities() {
      return opened?.capabilities ?? assumed
    },
    ensurePullRequest: async (spec, signal) =>
      (await ready(signal)).ensurePullRequest(spec, signal),
    editPullRequest: async (pull, change, signal) =>
      (await ready(signal)).editPullRequest(pull, change, signal),
    getPullRequest: async (number, signal) => (await ready(signal)).getPullRequest(number, signal),
    findPullRequests: async (head, signal) => (await ready(signal)).findPullRequests(head, signal),
    openPullRequests: async (signal) => (await ready(signal)).openPullRequests(signal),
    closePullRequest: async (number, signal) =>
      (await ready(signal)).closePullRequest(number, signal),
    ensureComment: async (number, key, body, signal) =>
      (await ready(signal)).ensureComment(number, key, body, signal),
    listComments: async (number, since, signal) =>
      (await ready(signal)).listComments(number, since, signal),
    permissionOf: async (login, signal) => (await ready(signal)).permissionOf(login, signal),
    listChecks: async (sha, signal, unwanted) =>
      (await ready(signal)).listChecks(sha, signal, unwanted),
    readLog: async (check, maxBytes, signal) =>
      (await ready(signal)).readLog(check, maxBytes, signal),
    rerunChecks: async (sha, signal) => (await ready(signal)).rerunChecks(sha, signal),
    setStatus: async (check, signal) => (await ready(signal)).setStatus(check, signal),
    listReviews: async (number, signal) => (await ready(signal)).listReviews(number, signal),
    ensureReview: async (number, key, draft, signal) =>
      (await ready(signal)).ensureReview(number, key, draft, signal),
    ensureReply: async (number, comment, key, body, signal) =>
      (await ready(signal)).ensureReply(number, comment, key, body, signal),
    usage: () => opened?.usage() ?? { calls: 0, unmodified: 0, remaining: null, resetAt: null },
    async examine(signal) {
      try {
        return await (await ready(signal)).examine(signal)
      } catch (error) {
        if (!(error instanceof BotError)) {
          throw error
        }
        const remedy =
          'Look whether this machine reaches the forge, and whether its address is right.'
        return [{ what: 'server', level: 'failing', message: error.message, remedy }]
      }
    },
    gitAuthorization: async (of, signal) => (await ready(signal)).gitAuthorization(of, signal),
  }
}
