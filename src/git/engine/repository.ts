import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { BotError } from '../../core/bot-error.ts'
import type { GitSetting } from '../cli/git-environment.ts'
import { durableSettings, type GitVersion, requireGit } from '../cli/git-version.ts'
import { gitText, runGit } from '../cli/run-git.ts'
import type { GitLocation } from '../cli/spawn-git.ts'
import type { MailReader } from '../mail-reader.ts'
import { createObjectReader, type ObjectReader } from '../objects/cat-file.ts'
import { createRefUpdater, type RefUpdater } from '../objects/ref-updater.ts'
import { type Coalescer, createCoalescer } from './coalesce.ts'
import { makeWhole, sweepDrafts } from './draft.ts'
import { createPackUpkeep, type PackUpkeep } from './pack-upkeep.ts'
import { makePrivateGitDir } from './private-git-dir.ts'
import { makeTempFolder, removeTempFolder, sweepTempFolders } from './temp-folder.ts'
import type { UpstreamStore } from './upstream-store.ts'

/** The repository the engine works on, and how to call git on it. */
export interface Repository {
  readonly version: GitVersion
  /** Absolute; of a linked worktree the common one. */
  readonly gitDir: string
  readonly objectsDir: string
  readonly objectFormat: 'sha1' | 'sha256'
  /** For temporary folders. */
  readonly tempDirectory: string
  /** Reads all objects, but none of the refs and none of the configuration; writes nothing into it. */
  readonly view: GitLocation & { readonly gitDir: string }
  /** Reads what the view reads; null in a repository whose objects this process cannot make. */
  readonly reader: ObjectReader | null
  /** Says what names of objects stand for, without their contents. */
  readonly names: ObjectReader
  /** The same with the refs of the repository; never for what a patch says, because a branch may have any name. */
  readonly refNames: ObjectReader
  /** Pairs of commits of which the first is known to be an ancestor of the second, which stays so. */
  readonly ancestry: Set<string>
  /** Moves refs, fsynced where git can (2.36). */
  readonly refs: RefUpdater
  readonly upkeep: PackUpkeep
  /** Where branches of the upstream are fetched to; null: into this repository, like everything else. */
  readonly upstream: UpstreamStore | null
  /** Fetches into this repository. */
  readonly fetches: Coalescer<void>
  /** Null: mails are read by git alone, and all patches go to it. */
  readonly readMail: MailReader | null
  /** For calls that write: what they wrote is fsynced when they end. */
  readonly durable: GitLocation & { readonly gitDir: string }
}

/** Files larger than this are patched by git. */
const maxFileBytes = 32 * 1024 * 1024

/**
 * Finds the repository at `directory`: a bare one, a `.git`, or the top of a work tree. Throws
 * GIT_REPOSITORY_MISSING, GIT_DUBIOUS_OWNERSHIP, GIT_MISSING, GIT_TOO_OLD.
 */
export async function findRepository(
  directory: string,
  tempDirectory: string,
  readMail: MailReader | null,
  upstream: UpstreamStore | null,
): Promise<Repository> {
  const version = await requireGit()
  const place = path.resolve(directory)
  if (!existsSync(place)) {
    throw new BotError('GIT_REPOSITORY_MISSING', `there is nothing at ${place}`, {
      retry: 'after-human',
      details: { directory: place },
    })
  }
  const answer = await gitText(
    ['rev-parse', '--path-format=absolute', '--git-common-dir', '--show-object-format'],
    // Without a ceiling git would look for a repository in every folder above.
    { cwd: place, env: { GIT_CEILING_DIRECTORIES: path.dirname(place) } },
  )
  const [gitDir = '', format] = answer.split('\n')
  const objectFormat = format === 'sha256' ? 'sha256' : 'sha1'
  const objectsDir = path.join(gitDir, 'objects')
  const viewDir = await makeTempFolder(tempDirectory, 'view')
  await sweepTempFolders(tempDirectory, new Date())
  await makePrivateGitDir(viewDir, { objectsDir, objectFormat })
  const view = { gitDir: viewDir, env: { GIT_SHALLOW_FILE: path.join(gitDir, 'shallow') } }
  const durable = { gitDir, settings: durableSettings(version) }
  return {
    version,
    gitDir,
    objectsDir,
    objectFormat,
    tempDirectory,
    view,
    reader: objectFormat === 'sha1' ? createObjectReader(view, maxFileBytes) : null,
    names: createObjectReader(view, null),
    ancestry: new Set(),
    refNames: createObjectReader({ gitDir }, null),
    readMail,
    refs: createRefUpdater(durable),
    upstream,
    fetches: createCoalescer(),
    upkeep: createPackUpkeep({ objectsDir, isOurs: await isOurs(gitDir), durable }),
    durable,
  }
}

/** Makes the view again where something tidied the temporary folder under a service that runs for weeks. */
export async function keepView(repository: Repository): Promise<void> {
  const { gitDir } = repository.view
  if (!existsSync(path.join(gitDir, 'HEAD')) || !existsSync(path.join(gitDir, 'config'))) {
    await makePrivateGitDir(gitDir, repository)
  }
}

/** Ends and removes what `findRepository` made. */
export async function releaseRepository(repository: Repository): Promise<void> {
  await repository.reader?.close()
  await repository.names.close()
  await repository.refNames.close()
  await repository.refs.close()
  await repository.upkeep.close()
  await removeTempFolder(repository.view.gitDir)
}

/** Settings of a repository that is ours: we pack it ourselves (see pack-upkeep.ts), nothing else may in the middle of a job. */
const ownSettings: readonly GitSetting[] = [
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['core.logAllRefUpdates', 'false'],
  ['patchferry.ours', 'true'],
]

/** Makes a bare repository at `directory`, and its folders, whole or not at all; one that is there already stays as it is. */
export async function createRepository(directory: string): Promise<void> {
  await requireGit()
  const place = path.resolve(directory)
  await sweepDrafts(path.dirname(place), new Date())
  const names = existsSync(place) ? await readdir(place) : []
  if (names.length === 0) {
    await makeWhole(place, initOwn)
    return
  }
  const probe = await runGit(['rev-parse', '--git-dir'], {
    cwd: place,
    env: { GIT_CEILING_DIRECTORIES: path.dirname(place) },
  })
  if (probe.exitCode !== 0) {
    await initOwn(place)
  }
}

/** Makes a bare repository of ours at `place`, which may be begun. */
export async function initOwn(place: string): Promise<void> {
  await gitText(['init', '-q', '--bare', '--template=', '-b', 'main', place])
  await configureOwn(place)
}

/** Makes the bare repository at `place` one of ours. */
export async function configureOwn(place: string): Promise<void> {
  for (const [key, value] of ownSettings) {
    await gitText(['config', key, value], { gitDir: place })
  }
}

/** True for what `createRepository` made. */
async function isOurs(gitDir: string): Promise<boolean> {
  const answer = await runGit(['config', '--bool', '--get', 'patchferry.ours'], { gitDir })
  return Buffer.from(answer.stdout).toString('latin1').trim() === 'true'
}
