import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { BotError } from '../../core/bot-error.ts'
import { namesIn } from '../../util/names-in.ts'
import { syncToDisk } from '../../util/sync-to-disk.ts'
import { writeSynced } from './durable-file.ts'

/**
 * `fsync` makes git processes that work here (repack, an operator's own) as careful as we are;
 * no gc of theirs may drop objects whose ref is about to be moved.
 */
const configuration = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
	fsync = all
	fsyncMethod = fsync
[gc]
	auto = 0
	pruneExpire = never
`

/**
 * Makes sure that `directory` is a bare SHA-1 repository with refs in files. Where there is none it appears whole or
 * not at all, whoever else creates it at the same time. Throws GIT_REPOSITORY_UNSUPPORTED for anything else.
 */
export async function ensureRepository(directory: string, headBranch: string): Promise<void> {
  const names = await namesIn(directory)
  if (names.length === 0) {
    await create(directory, headBranch)
    return
  }
  const isBare = ['HEAD', 'objects', 'refs'].every((name) => names.includes(name))
  if (!isBare) {
    throw unsupported(directory, 'it holds other files and is no bare git repository')
  }
  const settings = await readFile(path.join(directory, 'config'), 'utf8').catch(() => '')
  const odd = /^\s*(?:objectformat\s*=\s*sha256|refstorage\s*=\s*reftable)/im.exec(settings)
  if (odd !== null) {
    throw unsupported(directory, `its format is not ours: ${odd[0].trim()}`)
  }
}

async function create(directory: string, headBranch: string): Promise<void> {
  const parent = path.dirname(directory)
  await mkdir(parent, { recursive: true })
  const draft = path.join(parent, `.${path.basename(directory)}-${randomBytes(6).toString('hex')}`)
  try {
    const folders = ['', 'objects', 'objects/info', 'objects/pack', 'refs', 'refs/heads']
    for (const folder of folders) {
      await mkdir(path.join(draft, folder))
    }
    await writeSynced(path.join(draft, 'config'), [Buffer.from(configuration)])
    await writeSynced(path.join(draft, 'HEAD'), [Buffer.from(`ref: refs/heads/${headBranch}\n`)])
    for (const folder of folders.toReversed()) {
      await syncToDisk(path.join(draft, folder))
    }
    await rename(draft, directory)
    await syncToDisk(parent)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if ((await namesIn(directory)).length === 0) {
      throw error
    }
  }
}

function unsupported(directory: string, why: string): BotError {
  return new BotError('GIT_REPOSITORY_UNSUPPORTED', `${directory} cannot be used: ${why}`, {
    retry: 'after-human',
    details: { directory },
  })
}
