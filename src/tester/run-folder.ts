import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { BotError } from '../core/bot-error.ts'
import { removeTree } from '../util/remove-tree.ts'
import { killTree } from './process-tree.ts'
import { runCleanup } from './run-cleanup.ts'

const ending = '.run'

/** What a test run needs besides its checkout: a folder beside it, so that a restart finds it. */
export interface RunFolder {
  readonly path: string
  /** Private; `home` is in it. */
  readonly temporary: string
  readonly home: string
  /** The value of the marker variable. */
  readonly marker: string
}

/** What the folder's `run.json` says to whoever finds it after a crash. */
interface RunRecord {
  readonly marker: string
  /** A command that ends what no signal of ours reaches, such as a container. */
  readonly cleanup: readonly string[] | null
}

async function readRecord(folder: string): Promise<RunRecord | null> {
  try {
    return JSON.parse(await readFile(path.join(folder, 'run.json'), 'utf8')) as RunRecord
  } catch {
    // The crash came before the record: nothing was started yet.
    return null
  }
}

async function endLeftover(folder: string): Promise<boolean> {
  const record = await readRecord(folder)
  if (record !== null) {
    await runCleanup(record.cleanup)
    await killTree({ marker: record.marker, pid: null })
  }
  await removeTree(folder)
  return record !== null
}

/** Makes the folder, after ending what an earlier run of the same checkout left. Throws TESTER_FOLDER (retry later). */
export async function createRunFolder(directory: string): Promise<RunFolder> {
  const folder = `${path.resolve(directory)}${ending}`
  const temporary = path.join(folder, 'tmp')
  const home = path.join(temporary, 'home')
  try {
    await endLeftover(folder)
    await mkdir(home, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new BotError('TESTER_FOLDER', `cannot make ${folder}`, { retry: 'later', cause })
  }
  return { path: folder, temporary, home, marker: randomUUID() }
}

/** To be called before anything is started. */
export async function recordRun(
  folder: RunFolder,
  cleanup: readonly string[] | null,
): Promise<void> {
  const record: RunRecord = { marker: folder.marker, cleanup }
  await writeFile(path.join(folder.path, 'run.json'), JSON.stringify(record))
}

/**
 * Ends the tests that a service which died has left running, and removes their files but not their checkouts.
 * `directory` is the folder that holds the checkouts; nothing may be running in it. Returns how many there were.
 */
export async function killLeftovers(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => [])
  let count = 0
  for (const name of names.filter((candidate) => candidate.endsWith(ending))) {
    count += (await endLeftover(path.join(directory, name))) ? 1 : 0
  }
  return count
}
