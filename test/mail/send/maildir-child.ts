import files from 'node:fs'
import fs, { type FileHandle } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import path from 'node:path'
import { numberedMail } from './sample-mail.ts'

/**
 * A process of its own that sends mails into a Maildir and prints `sent N` after each: `from` and `until` number
 * them. It kills itself before file operation `killBefore` (0: never), and prints at the end how many there were.
 */
const [directory = '', from = '', until = '', killBefore = '0', textBytes = '0'] =
  process.argv.slice(2)

let operations = 0

function count(): boolean {
  operations += 1
  return operations === Number(killBefore)
}

function die(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('still alive')
}

type Call = (...values: never[]) => unknown

/** Puts the chance to die before every call of `name`. */
function arm(target: Record<string, Call>, name: string): void {
  const real = target[name]
  if (real === undefined) {
    throw new Error(`no ${name}`)
  }
  target[name] = function (this: unknown, ...values: never[]): unknown {
    return count() ? die() : real.apply(this, values)
  }
}

async function armEverything(): Promise<void> {
  const handle = await fs.open(import.meta.filename, 'r')
  const prototype: FileHandle = Object.getPrototypeOf(handle)
  await handle.close()
  const writeFile: FileHandle['writeFile'] = Reflect.get(prototype, 'writeFile')
  // A write can be cut short as well: half of it is written before the end.
  prototype.writeFile = async function (this: FileHandle, data): Promise<void> {
    if (count()) {
      await writeFile.call(this, String(data).slice(0, 100))
      die()
    }
    await writeFile.call(this, data)
  }
  arm(prototype as unknown as Record<string, Call>, 'sync')
  for (const name of ['open', 'mkdir', 'readdir', 'rename', 'rm']) {
    arm(fs as unknown as Record<string, Call>, name)
  }
  for (const name of ['openSync', 'fsync']) {
    arm(files as unknown as Record<string, Call>, name)
  }
  syncBuiltinESMExports()
}

await armEverything()
const { maildirMailer } = await import('../../../src/mail/send/maildir-mailer.ts')
const mailer = maildirMailer(path.resolve(directory))
const { signal } = new AbortController()
operations = 0
process.stdout.write('ready\n')

const filler = 'x\n'.repeat(Number(textBytes) / 2)

for (let n = Number(from); n < Number(until); n += 1) {
  try {
    const { outcome } = await mailer.send(numberedMail(n, filler), signal)
    process.stdout.write(`${outcome === 'accepted' ? 'sent' : outcome} ${n}\n`)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    process.stdout.write(`failed ${n} ${code}\n`)
  }
}
process.stdout.write(`operations ${operations}\n`)
