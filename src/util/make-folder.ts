import { lstat, mkdir, readlink, stat } from 'node:fs/promises'
import path from 'node:path'

/**
 * Makes a folder and those above it, as `mkdir -p` does; of a path that a person gave. (Node's own `recursive` never ends where a
 * folder that is there refuses with ENOENT, as /proc does, and says ENOENT of a disk that can only be read.) Throws as `fs`
 * does; of a symbolic link that leads to nothing `path` says where it leads.
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  try {
    await mkdir(folder, { mode })
  } catch (error) {
    if (await isFolder(folder)) {
      return
    }
    const above = path.dirname(folder)
    if (codeOf(error) !== 'ENOENT' || above === folder || (await isFolder(above))) {
      throw await named(error, folder)
    }
    await makeFolder(above, mode)
    await makeFolder(folder, mode)
  }
}

function codeOf(error: unknown): string | undefined {
  return (Object(error) as NodeJS.ErrnoException).code
}

async function isFolder(place: string): Promise<boolean> {
  const found = await stat(place).catch(() => null)
  return found?.isDirectory() ?? false
}

/** Where a symbolic link leads that leads to nothing; null for whatever else. */
export async function deadLinkTarget(place: string): Promise<string | null> {
  const found = await lstat(place).catch(() => null)
  if (found === null || !found.isSymbolicLink()) {
    return null
  }
  const isThere = await stat(place).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'ENOENT',
  )
  return isThere ? null : await readlink(place)
}

async function named(error: unknown, folder: string): Promise<unknown> {
  const target = await deadLinkTarget(folder)
  return target === null
    ? error
    : Object.assign(new Error('the link leads to nothing', { cause: error }), {
        code: 'ENOENT',
        path: `${folder} -> ${target}`,
      })
}
