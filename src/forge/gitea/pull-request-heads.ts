import type { RefName } from '../../core/ids.ts'
import { markerKey } from '../marker.ts'
import type { PullRequestAnswer } from './answers.ts'

const branches = 'refs/heads/'
const agitFlow = 1

/** `refs/heads/series/x` as people and the API name it: `series/x`. */
export function branchName(ref: RefName): string {
  return ref.replace(/^refs\/heads\//, '')
}

export function toBranchRef(name: string): RefName {
  return `${branches}${name}` as RefName
}

/**
 * What a pull request made by AGit has as its head: the topic that was pushed to `refs/for/<base>/<topic>`, below the login of
 * who pushed, in lower case (`services/agit` of Forgejo). The topic of `refs/heads/series/x` is `series/x`.
 */
export function agitHead(headRef: RefName, login: string): string {
  return `${login.toLowerCase()}/${branchName(headRef)}`
}

/** By AGit, and not from a branch. Where the flow is not told, the ref of the head gives it away. */
export function isAgit({ flow, head }: PullRequestAnswer): boolean {
  return flow === agitFlow || (flow === undefined && head.label === '')
}

/** The hidden marker of a pull request whose head the server does not name. */
export function headKey(headRef: RefName): string {
  return `head ${headRef}`
}

/** What a body of our own says of the head; null where it says nothing. */
export function markedHead({ user, body }: PullRequestAnswer, login: string): RefName | null {
  const key = user.login === login ? markerKey(body) : null
  return key?.startsWith('head refs/heads/') === true
    ? (key.slice('head '.length) as RefName)
    : null
}

/**
 * The head as a branch: `refs/heads/<topic>` for a pull request that `login` made by AGit. Servers that do not
 * name these heads (Gitea, Forgejo before 16) are helped by our marker in the body; null where it is not there (yet).
 */
export function headRefOf(pull: PullRequestAnswer, login: string): RefName | null {
  const { label } = pull.head
  if (!isAgit(pull)) {
    return toBranchRef(label)
  }
  const own = `${login.toLowerCase()}/`
  return label === ''
    ? markedHead(pull, login)
    : toBranchRef(label.startsWith(own) ? label.slice(own.length) : label)
}
