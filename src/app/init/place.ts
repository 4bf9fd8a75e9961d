import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import path from 'node:path'
import { deadLinkTarget } from '../../util/make-folder.ts'

/** A folder that is to be: whether it is there, can be made, or what is in the way. */
export type Place =
  | { readonly outcome: 'there' }
  | { readonly outcome: 'to-be-made' }
  | { readonly outcome: 'impossible'; readonly message: string }

async function isFolder(place: string): Promise<boolean | null> {
  try {
    return (await stat(place)).isDirectory()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return null
    }
    throw error
  }
}

/** Looks at the folder `place`, an absolute path, or at the nearest one above it that is there; changes nothing. */
export async function lookAtPlace(place: string): Promise<Place> {
  for (let folder = place; ; folder = path.dirname(folder)) {
    try {
      const found = await isFolder(folder)
      if (found === null) {
        const target = await deadLinkTarget(folder)
        if (target === null) {
          continue
        }
        const message = `${folder} leads to ${target}, which is not there`
        return { outcome: 'impossible', message }
      }
      if (!found) {
        return { outcome: 'impossible', message: `${folder} is no folder` }
      }
      await access(folder, constants.W_OK | constants.X_OK)
      return { outcome: folder === place ? 'there' : 'to-be-made' }
    } catch {
      return { outcome: 'impossible', message: `this user may not write to ${folder}` }
    }
  }
}
