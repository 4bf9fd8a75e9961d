import { chmod, lstat, readdir, rm } from 'node:fs/promises'
import path from 'node:path'

async function makeWritable(directory: string): Promise<void> {
  await chmod(directory, 0o700)
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      await makeWritable(path.join(directory, entry.name))
    }
  }
}

/**
 * Removes a file or folder with all that is in it, folders without write permission included, as some build
 * systems leave them. Does nothing where there is none.
 */
export async function removeTree(target: string): Promise<void> {
  try {
    await rm(target, { recursive: true, force: true })
  } catch (error) {
    const isFolder = (await lstat(target)).isDirectory()
    if (!isFolder) {
      throw error
    }
    await makeWritable(target)
    await rm(target, { recursive: true, force: true })
  }
}
