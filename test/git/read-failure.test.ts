import { describe, expect, it } from 'vitest'
import { type RemoteFailure, readFailure } from '../../src/git/cli/read-failure.ts'

type Recorded = readonly [name: string, output: string, failure: RemoteFailure]

const source = '8cfe986bebc7cc5db81c53696b3c77b54b5cce15:refs/heads/x'

/** Standard output and standard error of git 2.39 as they came. */
const recorded: readonly Recorded[] = [
  [
    'a lease on an old value',
    `To ../r.git\n!\t${source}\t[rejected] (stale info)\n!\tHEAD:refs/heads/new\t[rejected] (atomic push failed)\nDone\nerror: atomic push failed for ref refs/heads/x. status: 7\n\nfatal: the remote end hung up unexpectedly\nerror: failed to push some refs to '../r.git'`,
    { kind: 'stale' },
  ],
  [
    'a ref that another push holds',
    "To ../r.git\n!\tHEAD:refs/heads/y\t[remote rejected] (atomic transaction failed)\nDone\nremote: error: cannot lock ref 'refs/heads/y': Unable to create '/srv/r.git/./refs/heads/y.lock': File exists.        \nremote: \nremote: Another git process seems to be running in this repository, e.g.        \nremote: are terminated then try again. If it still fails, a git process        \nerror: failed to push some refs to '../r.git'",
    { kind: 'stale' },
  ],
  [
    'receive.denyNonFastForwards',
    `To ../r.git\n!\t${source}\t[remote rejected] (non-fast-forward)\nDone\nremote: error: denying non-fast-forward refs/heads/x (you should pull first)        \nerror: failed to push some refs to '../r.git'`,
    { kind: 'refused', reason: 'non-fast-forward' },
  ],
  [
    'a push without force',
    `To ../r.git\n!\t${source}\t[rejected] (non-fast-forward)\nDone\nerror: failed to push some refs to '../r.git'\nhint: Updates were rejected because a pushed branch tip is behind its remote`,
    { kind: 'refused', reason: 'non-fast-forward' },
  ],
  [
    'receive.denyDeletes',
    "To ../r.git\n!\t:refs/heads/x\t[remote rejected] (deletion prohibited)\nDone\nremote: error: denying ref deletion for refs/heads/x        \nerror: failed to push some refs to '../r.git'",
    { kind: 'refused', reason: 'permission' },
  ],
  [
    'a pre-receive hook',
    "To ../r.git\n!\tHEAD:refs/heads/y\t[remote rejected] (pre-receive hook declined)\nDone\nremote: nope        \nerror: failed to push some refs to '../r.git'",
    { kind: 'refused', reason: 'hook' },
  ],
  [
    'an update hook',
    "To ../r.git\n!\tHEAD:refs/heads/y\t[remote rejected] (hook declined)\nDone\nremote: nope        \nremote: error: hook declined to update refs/heads/y        \nerror: failed to push some refs to '../r.git'",
    { kind: 'refused', reason: 'hook' },
  ],
  [
    'a ref below another ref',
    "To ../r.git\n!\tHEAD:refs/heads/x/y\t[remote rejected] (atomic transaction failed)\nDone\nremote: error: cannot lock ref 'refs/heads/x/y': 'refs/heads/x' exists; cannot create 'refs/heads/x/y'        \nerror: failed to push some refs to '../r.git'",
    { kind: 'refused', reason: 'other' },
  ],
  [
    'receive.maxInputSize',
    "To ../r.git\n!\tHEAD:refs/heads/y\t[remote rejected] (unpacker error)\nremote: fatal: pack exceeds maximum allowed size        \nerror: remote unpack failed: unpack-objects abnormal exit\nerror: failed to push some refs to '../r.git'",
    { kind: 'refused', reason: 'size' },
  ],
  [
    'receive.hideRefs',
    "To ../r.git\n!\tHEAD:refs/secret/y\t[remote rejected] (deny updating a hidden ref)\nDone\nerror: failed to push some refs to '../r.git'",
    { kind: 'refused', reason: 'permission' },
  ],
  [
    'a remote without atomic pushes',
    'fatal: the receiving end does not support --atomic push\nfatal: the remote end hung up unexpectedly',
    { kind: 'refused', reason: 'other' },
  ],
  [
    'no such folder',
    "fatal: '../nope' does not appear to be a git repository\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.",
    { kind: 'unreachable' },
  ],
  [
    'http, nobody there',
    "fatal: unable to access 'http://127.0.0.1:1/x/': Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server",
    { kind: 'unreachable' },
  ],
  [
    'git, nobody there',
    'fatal: unable to connect to 127.0.0.1:\n127.0.0.1[0: 127.0.0.1]: errno=Connection refused\n',
    { kind: 'unreachable' },
  ],
  [
    'ssh, nobody there',
    'ssh: connect to host 127.0.0.1 port 1: Connection refused\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.',
    { kind: 'unreachable' },
  ],
  [
    'no such host',
    "fatal: unable to access 'http://nosuch.invalid/x/': Could not resolve host: nosuch.invalid",
    { kind: 'unreachable' },
  ],
  ['no such ref', "fatal: couldn't find remote ref refs/heads/none", { kind: 'ref-missing' }],
  [
    'no such commit',
    'fatal: git upload-pack: not our ref aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nfatal: remote error: upload-pack: not our ref aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    { kind: 'ref-missing' },
  ],
  [
    'no such commit, old protocol',
    'error: Server does not allow request for unadvertised object aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    { kind: 'ref-missing' },
  ],
]

/** As forges and ssh word it in their documentation. */
const documented: readonly Recorded[] = [
  [
    'a workflow file pushed by an app that may not',
    `!\t${source}\t[remote rejected] (refusing to allow a GitHub App to create or update workflow \`.github/workflows/ci.yml\` without \`workflows\` permission)`,
    { kind: 'refused', reason: 'workflow' },
  ],
  [
    'a protected branch',
    `!\t${source}\t[remote rejected] (protected branch hook declined)\nremote: error: GH006: Protected branch update failed for refs/heads/main.`,
    { kind: 'refused', reason: 'protected' },
  ],
  [
    'a workflow file pushed with a token that may not',
    `!\t${source}\t[remote rejected] (refusing to allow a Personal Access Token to create or update workflow \`.github/workflows/ci.yml\` without \`workflow\` scope)`,
    { kind: 'refused', reason: 'workflow' },
  ],
  [
    'a rule of the repository',
    `!\t${source}\t[remote rejected] (push declined due to repository rule violations)\nremote: error: GH013: Repository rule violations found for refs/heads/main.`,
    { kind: 'refused', reason: 'protected' },
  ],
  [
    'a project that others may not push to',
    `!\t${source}\t[remote rejected] (pre-receive hook declined)\nremote: GitLab: You are not allowed to push code to this project.`,
    { kind: 'refused', reason: 'permission' },
  ],
  [
    'a file that is too large',
    `!\t${source}\t[remote rejected] (pre-receive hook declined)\nremote: error: GH001: Large files detected.\nremote: error: File big is 123.00 MB; this exceeds GitHub's file size limit of 100.00 MB`,
    { kind: 'refused', reason: 'size' },
  ],
  [
    'a token that is not valid',
    "remote: Invalid username or password.\nfatal: Authentication failed for 'https://example.org/x.git/'",
    { kind: 'denied' },
  ],
  [
    'a token that may not',
    "remote: Permission to o/r.git denied to bot.\nfatal: unable to access 'https://example.org/o/r.git/': The requested URL returned error: 403",
    { kind: 'denied' },
  ],
  [
    'a key that is not known',
    'git@example.org: Permission denied (publickey).\nfatal: Could not read from remote repository.',
    { kind: 'denied' },
  ],
  [
    'a forge in maintenance',
    "fatal: unable to access 'https://example.org/o/r.git/': The requested URL returned error: 503",
    { kind: 'unreachable' },
  ],
  [
    'a remote with a full disk',
    `!\t${source}\t[remote rejected] (unpacker error)\nremote: fatal: write error: No space left on device        \nerror: remote unpack failed: unpack-objects abnormal exit`,
    { kind: 'unreachable' },
  ],
  ['something new', 'fatal: the moon is in the wrong phase', { kind: 'unknown' }],
]

describe('reading why a remote failed', () => {
  it.each([...recorded, ...documented])('knows %s', (_, output, failure) => {
    expect(readFailure(output)).toEqual(failure)
  })

  it.each(['refs/mail/GH001@example.org', 'refs/mail/SSL-certificate@example.org'])(
    'is not misled by the ref name %s, which comes from a mail',
    (name) => {
      const line = `!\tHEAD:${name}\t[remote rejected] (pre-receive hook declined)`

      expect(readFailure(line)).toEqual({ kind: 'refused', reason: 'hook' })
    },
  )
})
