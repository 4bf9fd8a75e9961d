/** What a failed talk with a remote repository means. */
export type RemoteFailure =
  | { readonly kind: 'unreachable' | 'denied' | 'ref-missing' | 'stale' }
  | {
      readonly kind: 'refused'
      readonly reason: 'non-fast-forward' | 'hook' | 'permission' | 'size' | 'other'
    }
  /** The fault is on this side, or nobody has seen it before. */
  | { readonly kind: 'unknown' }

const rules: readonly (readonly [pattern: RegExp, failure: RemoteFailure])[] = [
  // What the remote says of the content comes first: the reason on the ref line is then only "hook declined".
  [
    /exceeds? (?:the |GitHub's )?(?:maximum |file )?(?:allowed )?(?:file )?size|GH001|Large files detected|pack exceeds maximum allowed size|error: 413|unpack-objects abnormal exit|remote unpack failed.*size/i,
    { kind: 'refused', reason: 'size' },
  ],
  [
    /without [`']?workflows?[`']? (?:permission|scope)|GH006|GH013|protected branch|protected tag|deny updating a hidden ref|deletion prohibited|branch is currently checked out|not allowed to push|You are not allowed|insufficient permission|unpacker error.*permission/i,
    { kind: 'refused', reason: 'permission' },
  ],
  [
    /^!\t.*\((?:stale info|remote ref updated since checkout|failed to update ref|incorrect old value provided|reference already exists|cannot lock ref.*|failed to lock.*)\)$/m,
    { kind: 'stale' },
  ],
  [/^!\t.*\((?:[^()]* )?hook declined\)$/m, { kind: 'refused', reason: 'hook' }],
  [
    /^!\t.*\((?:non-fast-forward|fetch first|needs force|already exists)\)$/m,
    { kind: 'refused', reason: 'non-fast-forward' },
  ],
  [/^!\t.*\[remote rejected\]/m, { kind: 'refused', reason: 'other' }],
  [
    /Authentication failed|could not read Username|could not read Password|terminal prompts disabled|error: 40[13]|HTTP 40[13]|Permission denied|Host key verification failed|Permission to .* denied|access denied|service not enabled|repository not exported|dubious ownership/i,
    { kind: 'denied' },
  ],
  [
    /couldn't find remote ref|not our ref|no such remote ref|Server does not allow request for unadvertised object|upload-pack: not our ref|remote error: want .* not valid/i,
    { kind: 'ref-missing' },
  ],
  [
    /Could not resolve host|Couldn't connect|Failed to connect|Connection (?:refused|reset|timed out|closed)|Could not read from remote repository|does not appear to be a git repository|repository .*not found|Repository not found|not a git repository|the remote end hung up|unexpected disconnect|early EOF|RPC failed|returned error: \d+|Operation timed out|Operation too slow|Temporary failure|Name or service not known|No route to host|Network is unreachable|unable to look up|transport '.*' not allowed|unable to access|invalid server response|SSL|certificate/i,
    { kind: 'unreachable' },
  ],
]

/**
 * The one place that reads what git says when a remote refuses, is gone, or is not where it was expected. Takes standard
 * output (of `push --porcelain`) and standard error together; git must speak English (LC_ALL=C.UTF-8).
 */
export function readFailure(output: string): RemoteFailure {
  return rules.find(([pattern]) => pattern.test(output))?.[1] ?? { kind: 'unknown' }
}
