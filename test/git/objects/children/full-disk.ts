import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { BotError } from '../../../../src/core/bot-error.ts'
import { openObjectStore } from '../../../../src/git/objects/bare-object-store.ts'
import { commitOf } from '../../../support/commit-of.ts'

const folder = process.argv[2] ?? ''
const repository = path.join(folder, 'store.git')
const { signal } = new AbortController()

async function codeOf(act: () => Promise<unknown>): Promise<string | null> {
  try {
    await act()
    return null
  } catch (error) {
    return error instanceof BotError ? `${error.code} ${error.retry}` : String(error)
  }
}

const store = await openObjectStore(repository)
const appended: string[] = []
async function appendLarge(text: string): Promise<void> {
  const files = { m: randomBytes(10_000) }
  await store.append('main', [commitOf(text, { files })], signal)
  appended.push(text)
}

writeFileSync(path.join(folder, 'filler'), randomBytes(500_000))
let whenFull: string | null = null
for (let number = 0; whenFull === null && number < 1000; number += 1) {
  whenFull = await codeOf(() => appendLarge(String(number)))
}
const whenStillFull = await codeOf(() => appendLarge('still full'))
rmSync(path.join(folder, 'filler'))
const whenFreed = await codeOf(() => appendLarge('freed'))
execFileSync('mount', ['-o', 'remount,ro', folder])
const whenReadOnly = await codeOf(() => appendLarge('read-only'))

const log: string[] = []
for await (const commit of store.log('main', null, signal)) {
  log.push(commit.message.trim())
}
await store.close()
const fsck = execFileSync('git', ['--git-dir', repository, 'fsck', '--strict'], { stdio: 'pipe' })
process.stdout.write(
  JSON.stringify({
    whenFull,
    whenStillFull,
    whenFreed,
    whenReadOnly,
    fsck: fsck.toString(),
    isLogWhatWasAppended: JSON.stringify(log) === JSON.stringify(appended),
    appended: appended.length,
  }),
)
