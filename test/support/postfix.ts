import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { answers, freePort } from './ports.ts'
import { reasonToSkip } from './programs.ts'

/** A real Postfix of our own on loopback; the one of the machine is left alone. */
export interface Postfix {
  readonly port: number
  /** All that it has logged. */
  log(): string
  /** Stops it and removes all it had. */
  end(): Promise<void>
}

export interface PostfixOptions {
  /** Of these it takes mail; the rest is refused. */
  readonly domains: readonly string[]
  /** Where mail goes on by LMTP. */
  readonly lmtpPort: number
  /** What becomes of an address: a list and its subscribers. */
  readonly aliases: Readonly<Record<string, readonly string[]>>
}

/** Why there can be none; null where there can. Its processes are several users, so that only root can start it. */
export function reasonForNoPostfix(): string | null {
  const reason = reasonToSkip('postconf', ['-h', 'mail_version'])
  return reason === null && process.getuid?.() !== 0 && process.env['CI'] !== 'true'
    ? 'skipped: only root can start Postfix'
    : reason
}

const privateQueues = ['incoming', 'active', 'deferred', 'bounce', 'defer', 'corrupt', 'hold']

const services = `
cleanup    unix       n - n -   0 cleanup
qmgr       unix       n - n 300 1 qmgr
rewrite    unix       - - n -   - trivial-rewrite
bounce     unix       - - n -   0 bounce
defer      unix       - - n -   0 bounce
trace      unix       - - n -   0 bounce
lmtp       unix       - - n -   - lmtp
smtp       unix       - - n -   - smtp
error      unix       - - n -   - error
retry      unix       - - n -   - error
anvil      unix       - - n -   1 anvil
postlog    unix-dgram n - n -   1 postlogd
`

function settings(folder: string, { domains, lmtpPort, aliases }: PostfixOptions): string {
  const entries = Object.entries(aliases).map(([from, to]) => `{${from} = ${to.join(', ')}}`)
  return `
compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
maillog_file = ${folder}/log
maillog_file_prefixes = ${folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.org
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
virtual_alias_maps = inline:{ ${entries.join(' ')} }
virtual_mailbox_domains = ${domains.join(' ')}
virtual_mailbox_maps =
virtual_transport = lmtp:inet:127.0.0.1:${lmtpPort}
smtpd_recipient_restrictions = reject_unauth_destination
`
}

function setting(name: string): string {
  return execFileSync('postconf', ['-h', name], { encoding: 'utf8' }).trim()
}

/** Makes one and starts it. The caller ends it. */
export async function startPostfix(options: PostfixOptions): Promise<Postfix> {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-postfix-'))
  const port = await freePort()
  const owner = setting('mail_owner')
  const uid = Number(execFileSync('id', ['-u', owner], { encoding: 'utf8' }))
  chmodSync(folder, 0o755)
  function make(name: string, mode: number, isOwned: boolean): void {
    const directory = path.join(folder, name)
    mkdirSync(directory, { mode })
    if (isOwned) {
      chownSync(directory, uid, -1)
    }
  }
  make('conf', 0o755, false)
  make('queue', 0o755, false)
  make('queue/pid', 0o755, false)
  make('data', 0o700, true)
  for (const name of [...privateQueues, 'flush', 'trace', 'saved', 'private', 'public']) {
    make(`queue/${name}`, 0o700, true)
  }
  writeFileSync(path.join(folder, 'conf/main.cf'), settings(folder, options))
  const listener = `127.0.0.1:${port} inet n - n - - smtpd\n`
  writeFileSync(path.join(folder, 'conf/master.cf'), `${listener}${services}`)
  function log(): string {
    const file = path.join(folder, 'log')
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  const master = path.join(setting('daemon_directory'), 'master')
  // In a process group of its own, all of which it ends when it is told to.
  const child = spawn(master, ['-d', '-c', path.join(folder, 'conf')], {
    stdio: 'ignore',
    detached: true,
  })
  const exited = once(child, 'exit')
  const deadline = Date.now() + 10_000
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`Postfix does not start: ${log()}`)
    }
    await sleep(20)
  }
  return {
    port,
    log,
    async end() {
      child.kill('SIGTERM')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
