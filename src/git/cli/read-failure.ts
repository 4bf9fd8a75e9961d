import type { RefusalReason } from '../git-engine.ts'

/** What a failed talk with a remote repository means. */
export type RemoteFailure =
  | { readonly kind: 'unreachable' | 'denied' | 'ref-missing' | 'stale' }
  | {
      readonly kind: 'refused'
      readonly reason: RefusalReason
    }
  /** The fault is on this side, or nobody has seen it before. */
  | { readonly kind: 'unknown' }

interface Rule {
  readonly failure: RemoteFailure
  readonly patterns: readonly RegExp[]
}

/** The first rule of which one pattern is found. */
const rules: readonly Rule[] = [
  // What the remote says of the content comes first: the reason on the ref line is then only "hook declined".
  {
    failure: { kind: 'refused', reason: 'size' },
    patterns: [
      /exceeds GitHub's file size limit|GH001|Large files detected/,
      /which exceed the \d+ ?\w+ limit|pack exceeds maximum allowed size|exceeds the maximum (?:file|object|push) size/i,
      /returned error: 413|HTTP 413/,
    ],
  },
  {
    failure: { kind: 'refused', reason: 'workflow' },
    patterns: [/without [`']?workflows?[`']? (?:permission|scope)/],
  },
  {
    failure: { kind: 'refused', reason: 'protected' },
    patterns: [/GH006|GH013|[Pp]rotected (?:branch|tag)/],
  },
  {
    failure: { kind: 'refused', reason: 'permission' },
    patterns: [
      /not allowed to (?:force )?push|You are not allowed/,
      /\((?:deny updating a hidden ref|deletion prohibited|branch is currently checked out)\)$/m,
    ],
  },
  // A remote that cannot write now is as good as away.
  {
    failure: { kind: 'unreachable' },
    patterns: [/^remote: .*(?:No space left on device|Read-only file system)/m],
  },
  {
    failure: { kind: 'refused', reason: 'other' },
    patterns: [/exists; cannot create/, /does not support --atomic push/],
  },
  {
    failure: { kind: 'stale' },
    patterns: [
      /^!.*\((?:stale info|remote ref updated since checkout|reference already exists)\)$/m,
      /^!.*\((?:failed to update ref|incorrect old value provided|atomic transaction failed)\)$/m,
      /^!.*\((?:cannot lock ref|failed to lock).*\)$/m,
    ],
  },
  {
    failure: { kind: 'refused', reason: 'hook' },
    patterns: [/^!.*\((?:.* )?hook declined\)$/m],
  },
  {
    failure: { kind: 'refused', reason: 'non-fast-forward' },
    patterns: [/^!.*\((?:non-fast-forward|fetch first|needs force|already exists)\)$/m],
  },
  { failure: { kind: 'refused', reason: 'other' }, patterns: [/^!.*\[remote rejected\]/m] },
  {
    failure: { kind: 'denied' },
    patterns: [
      /Authentication failed|could not read (?:Username|Password)|terminal prompts disabled/,
      /returned error: 40[13]|HTTP 40[13]/,
      /Permission denied|Permission to .* denied|access denied|Host key verification failed/i,
      /service not enabled|repository not exported|dubious ownership/,
    ],
  },
  {
    failure: { kind: 'ref-missing' },
    patterns: [
      /couldn't find remote ref|no such remote ref|not our ref/,
      /Server does not allow request for unadvertised object/,
    ],
  },
  {
    failure: { kind: 'unreachable' },
    patterns: [
      /Could not resolve host|[Cc]ouldn't connect|Failed to connect|unable to connect to/,
      /Connection (?:refused|reset|timed out|closed)|No route to host|Network is unreachable/,
      /Temporary failure|Name or service not known|unable to look up|timed out|too slow/,
      /Could not read from remote repository|hung up|unexpected disconnect|early EOF|RPC failed/,
      /does not appear to be a git repository|[Rr]epository .*not found|not a git repository/,
      /unable to access|returned error: \d+|invalid server response|TLS|SSL|certificate/,
    ],
  },
]

/**
 * The one place that reads what git says when a remote refuses, is gone, or is not where it was expected. Takes standard
 * output (of `push --porcelain`) and standard error together; git must speak English (LC_ALL=C.UTF-8).
 */
export function readFailure(output: string): RemoteFailure {
  // Ref names come from mails: only what stands beside them is git's.
  const text = output.replace(/^(?<flag>[!*=+ -]\t)[^\t\n]*\t/gm, '$<flag>')
  const rule = rules.find(({ patterns }) => patterns.some((pattern) => pattern.test(text)))
  return rule?.failure ?? { kind: 'unknown' }
}

/** Of what is said of a ref in an atomic push, that which only means that another one was refused. */
const notItsFault =
  /\((?:atomic push fail(?:ed|ure)|atomic transaction failed|failed to (?:update|lock).*)\)$/

/**
 * The refs that `git push --porcelain` says were rejected for their own sake. A remote need not name all of them: receive-pack
 * ends an atomic push at the first.
 */
export function refusedRefs(output: string): ReadonlySet<string> {
  const lines = output
    .split('\n')
    .filter((line) => line.startsWith('!\t') && !notItsFault.test(line))
  return new Set(
    lines.map((line) => /^!\t[^:\t]*:(?<ref>[^\t]*)\t/.exec(line)?.groups?.['ref'] ?? ''),
  )
}
