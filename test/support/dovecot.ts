import { execFileSync, spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A real Dovecot on loopback. Every user exists; all have one password. */
export interface Dovecot {
  readonly port: number
  readonly tlsPort: number
  /** SHA-256 of its self-signed certificate. */
  readonly fingerprint: string
  readonly password: string
  /** A user whose mailbox is new, with these folders beside INBOX. */
  newUser(folders?: readonly string[]): MailboxOfUser
  /** How often the user tried to log in, with success or without. */
  loginsOf(user: string): number
  /** How many connections ended without a try to log in. Dovecot writes it some time after the end. */
  endsWithoutLogin(): number
  /** Kills it with all connections; `start` brings it back on the same ports. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Stops it and removes all it had. */
  end(): Promise<void>
}

export interface MailboxOfUser {
  readonly user: string
  /** A mail arrives, byte for byte. Returns its file. */
  deliver(text: string, folder?: string): string
  /** The server forgets which UIDs it gave. Nobody is connected. */
  changeUidValidity(folder?: string): void
  /** Texts of the mails with the flags of their file names, by arrival. */
  mails(folder?: string): readonly { readonly text: string; readonly flags: string }[]
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

function idOf(...args: readonly string[]): string {
  return execFileSync('id', args, { encoding: 'utf8' }).trim()
}

/** Dovecot refuses to read mail as root. */
const isRoot = process.getuid?.() === 0
const account = isRoot ? ['nobody'] : []

function configText(folder: string, ports: { port: number; tlsPort: number }): string {
  const user = idOf('-un', ...account)
  const group = idOf('-gn', ...account)
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
default_internal_user = ${user}
default_internal_group = ${group}
default_login_user = ${user}
first_valid_uid = 1
mail_location = maildir:${folder}/mail/%u
mailbox_list_index = no
mail_max_userip_connections = 1000
passdb {
  driver = static
  args = password=secret-of-the-list
}
userdb {
  driver = static
  args = uid=${user} gid=${group} home=${folder}/mail/%u
}
namespace inbox {
  inbox = yes
}
service imap-login {
  chroot =
  service_count = 0
  inet_listener imap {
    address = 127.0.0.1
    port = ${ports.port}
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = ${ports.tlsPort}
    ssl = yes
  }
}
service imap {
  service_count = 100
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`
}

/** Makes one and starts it. The caller ends it. */
export async function startDovecot(): Promise<Dovecot> {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-dovecot-'))
  const uid = Number(idOf('-u', ...account))
  const gid = Number(idOf('-g', ...account))
  const ports = { port: await freePort(), tlsPort: await freePort() }
  let count = 0
  let validity = 1_000_000
  function make(directory: string): string {
    mkdirSync(directory, { recursive: true })
    chownSync(directory, uid, gid)
    return directory
  }
  chmodSync(folder, 0o755)
  make(path.join(folder, 'mail'))
  const certificate = path.join(folder, 'cert.pem')
  const config = path.join(folder, 'dovecot.conf')
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
      .concat(['-subj', '/CN=imap.example.org', '-keyout', path.join(folder, 'key.pem')])
      .concat(['-out', certificate]),
    { stdio: 'ignore' },
  )
  writeFileSync(config, configText(folder, ports))
  let running: ReturnType<typeof spawn> | null = null

  async function start(): Promise<void> {
    const child = spawn('dovecot', ['-F', '-c', config], { stdio: 'ignore', detached: true })
    running = child
    const deadline = Date.now() + 10_000
    while (!(await answers(ports.port))) {
      if (child.exitCode !== null || Date.now() > deadline) {
        const log = path.join(folder, 'dovecot.log')
        throw new Error(
          `dovecot does not start: ${existsSync(log) ? readFileSync(log, 'utf8') : ''}`,
        )
      }
      await sleep(20)
    }
  }

  async function stop(): Promise<void> {
    const child = running
    running = null
    if (child?.pid !== undefined && child.exitCode === null) {
      const exited = once(child, 'exit')
      process.kill(-child.pid, 'SIGKILL')
      await exited
    }
  }

  function countInLog(text: string): number {
    return readFileSync(path.join(folder, 'dovecot.log'), 'utf8').split(text).length - 1
  }

  await start()
  return {
    ...ports,
    fingerprint: new X509Certificate(readFileSync(certificate)).fingerprint256,
    password: 'secret-of-the-list',
    newUser(folders = []) {
      count += 1
      const user = `list${count}`
      const home = path.join(folder, 'mail', user)
      function place(name = 'INBOX'): string {
        return name === 'INBOX' ? home : path.join(home, `.${name}`)
      }
      for (const name of ['INBOX', ...folders]) {
        for (const part of ['', 'tmp', 'new', 'cur']) {
          make(path.join(place(name), part))
        }
      }
      let mails = 0
      return {
        user,
        deliver(text, name) {
          mails += 1
          const file = `1700000000.M${String(mails).padStart(6, '0')}P7.host`
          const whole = path.join(place(name), 'new', file)
          writeFileSync(`${whole}.part`.replace('/new/', '/tmp/'), Buffer.from(text, 'latin1'))
          renameSync(`${whole}.part`.replace('/new/', '/tmp/'), whole)
          return whole
        },
        changeUidValidity(name) {
          for (const file of readdirSync(place(name))) {
            if (file.startsWith('dovecot')) {
              rmSync(path.join(place(name), file))
            }
          }
          validity += 1
          const guid = String(validity).padStart(32, '0')
          writeFileSync(path.join(place(name), 'dovecot-uidlist'), `3 V${validity} N1 G${guid}\n`)
        },
        mails(name) {
          return ['new', 'cur']
            .flatMap((part) =>
              readdirSync(path.join(place(name), part)).map((file) => [part, file]),
            )
            .toSorted(([, a = ''], [, b = '']) => (a < b ? -1 : 1))
            .map(([part = '', file = '']) => ({
              text: readFileSync(path.join(place(name), part, file), 'latin1'),
              flags: /:2,(?<flags>\w*)$/.exec(file)?.groups?.['flags'] ?? '',
            }))
        },
      }
    },
    loginsOf: (user) => countInLog(`user=<${user}>, method=`),
    endsWithoutLogin: () => countInLog('(no auth attempts'),
    stop,
    start,
    async end() {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'data')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
