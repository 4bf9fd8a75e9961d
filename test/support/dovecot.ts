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
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type DovecotOptions, dovecotConfig, tokensConfig } from './dovecot-config.ts'
import { makeCertificate } from './make-certificate.ts'
import { answers, freePort } from './ports.ts'
import { processesOfGroup } from './processes.ts'

/** A real Dovecot on loopback. Every user exists; all have one password. */
export interface Dovecot {
  readonly port: number
  readonly tlsPort: number
  readonly lmtpPort: number
  /** SHA-256 of its certificate, which is for `localhost`. */
  readonly fingerprint: string
  /** File with the certificate of the authority that signed it, which nobody knows. */
  readonly authority: string
  readonly password: string
  /** A user whose mailbox is new, with these folders beside INBOX. */
  newUser(folders?: readonly string[]): MailboxOfUser
  /** A user who may have mail already. */
  mailboxOf(user: string): MailboxOfUser
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

function idOf(...args: readonly string[]): string {
  return execFileSync('id', args, { encoding: 'utf8' }).trim()
}

/** Dovecot refuses to read mail as root. */
const isRoot = process.getuid?.() === 0
const account = isRoot ? ['nobody'] : []

/** Makes one and starts it. The caller ends it. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-dovecot-'))
  const uid = Number(idOf('-u', ...account))
  const gid = Number(idOf('-g', ...account))
  const ports = {
    port: await freePort(),
    tlsPort: await freePort(),
    lmtpPort: await freePort(),
  }
  const password = 'secret-of-the-list'
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
  const authority = makeCertificate(folder)
  const place = { folder, user: idOf('-un', ...account), group: idOf('-gn', ...account) }
  writeFileSync(config, dovecotConfig({ ...place, ...ports, password }, options))
  if (options.introspectionUrl !== undefined) {
    writeFileSync(path.join(folder, 'tokens.conf'), tokensConfig(options.introspectionUrl))
  }
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
      await goneGroup(child.pid)
      // Sockets of the dead would be taken for those of another Dovecot that runs.
      rmSync(path.join(folder, 'run'), { recursive: true, force: true })
    }
  }

  function countInLog(text: string): number {
    return readFileSync(path.join(folder, 'dovecot.log'), 'utf8').split(text).length - 1
  }

  function mailboxOf(user: string): MailboxOfUser {
    const home = path.join(folder, 'mail', user)
    function place(name = 'INBOX'): string {
      return name === 'INBOX' ? home : path.join(home, `.${name}`)
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
          .filter((part) => existsSync(path.join(place(name), part)))
          .flatMap((part) => readdirSync(path.join(place(name), part)).map((file) => [part, file]))
          .toSorted(([, a = ''], [, b = '']) => (a < b ? -1 : 1))
          .map(([part = '', file = '']) => ({
            text: readFileSync(path.join(place(name), part, file), 'latin1'),
            flags: /:2,(?<flags>\w*)$/.exec(file)?.groups?.['flags'] ?? '',
          }))
      },
    }
  }

  await start()
  return {
    ...ports,
    fingerprint: new X509Certificate(readFileSync(certificate)).fingerprint256,
    authority,
    password,
    newUser(folders = []) {
      count += 1
      const user = `list${count}`
      const home = path.join(folder, 'mail', user)
      for (const directory of [home, ...folders.map((name) => path.join(home, `.${name}`))]) {
        for (const part of ['', 'tmp', 'new', 'cur']) {
          make(path.join(directory, part))
        }
      }
      return mailboxOf(user)
    },
    mailboxOf,
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

/** Resolves when no process of the group runs any more. */
async function goneGroup(group: number): Promise<void> {
  const deadline = Date.now() + 5000
  while (processesOfGroup(group).length > 0 && Date.now() < deadline) {
    await sleep(5)
  }
}
