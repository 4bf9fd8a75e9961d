import { closeSync, fsync, openSync } from 'node:fs'
import { promisify } from 'node:util'

export const fsyncAside: (descriptor: number) => Promise<void> = promisify(fsync)

/** fsync of a file that is there, or of a folder: then the names in it are durable. Throws the errors of the file system. */
export async function syncToDisk(place: string): Promise<void> {
  const opened = openSync(place, 'r')
  try {
    await fsyncAside(opened)
  } finally {
    closeSync(opened)
  }
}
