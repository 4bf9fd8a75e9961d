import { type FileHandle, open, readdir } from 'node:fs/promises'
import path from 'node:path'

/** A pack index of version 2 (gitformat-pack(5)), opened. Where its names are many they are read a part at a time: they may be millions. */
export interface PackIndex {
  /** Of its files, without their endings. */
  readonly name: string
  /** Of the name of an object, by SHA-1 or by SHA-256. */
  readonly nameBytes: number
  readonly file: FileHandle
  /** How many names begin with this byte or a smaller one. */
  readonly fanout: readonly number[]
  /** All names, where they are few. */
  readonly names: Buffer | null
  /** Whether somebody wants the pack left alone (git-repack(1)). */
  readonly isKept: boolean
}

const fanoutOffset = 8
const namesOffset = fanoutOffset + 256 * 4
/** So many names are read at once: most packs are small, and reading costs more than holding. */
const fewNames = 16_384

/** Not `.tmp-<pid>-pack-*.idx`, which another git is about to rename: it may become the very pack it covers. */
const finishedIndex = /^pack-(?:[0-9a-f]{40}|[0-9a-f]{64})\.idx$/

/** Those of all finished packs in the folder, or of these alone, that can be read. The caller closes them. */
export async function openIndexes(
  folder: string,
  packs?: ReadonlySet<string>,
): Promise<readonly PackIndex[]> {
  const files = new Set(await readdir(folder))
  const opened: PackIndex[] = []
  for (const file of files) {
    const name = file.slice(0, -'.idx'.length)
    if (finishedIndex.test(file) && files.has(`${name}.pack`) && (packs?.has(name) ?? true)) {
      const index = await openIndex(folder, name, files.has(`${name}.keep`))
      opened.push(...(index === null ? [] : [index]))
    }
  }
  return opened
}

export async function closeIndexes(indexes: readonly PackIndex[]): Promise<void> {
  await Promise.all(indexes.map(({ file }) => file.close()))
}

/** How many objects the pack has. */
export function countOf({ fanout }: PackIndex): number {
  return fanout.at(-1) ?? 0
}

/** The sorted names that begin with this byte, one after the other. */
export async function readNames(
  { file, nameBytes, fanout, names }: PackIndex,
  first: number,
): Promise<readonly Buffer[]> {
  const [from, to] = [fanout[first - 1] ?? 0, fanout[first] ?? 0]
  const part =
    names === null
      ? await readPart(file, nameBytes, from, to)
      : names.subarray(from * nameBytes, to * nameBytes)
  return Array.from({ length: to - from }, (_, position) =>
    part.subarray(position * nameBytes, (position + 1) * nameBytes),
  )
}

async function readPart(
  file: FileHandle,
  nameBytes: number,
  from: number,
  to: number,
): Promise<Buffer> {
  const part = Buffer.alloc((to - from) * nameBytes)
  await file.read(part, 0, part.length, namesOffset + from * nameBytes)
  return part
}

/** Whether the sorted names hold this one. */
export function contains(names: readonly Buffer[], name: Buffer): boolean {
  let low = 0
  let high = names.length
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const order = names[middle]?.compare(name) ?? 0
    if (order === 0) {
      return true
    }
    if (order < 0) {
      low = middle + 1
    } else {
      high = middle
    }
  }
  return false
}

/** Null for an index that is gone meanwhile or not of version 2: such a pack is left alone. */
async function openIndex(folder: string, name: string, isKept: boolean): Promise<PackIndex | null> {
  const file = await open(path.join(folder, `${name}.idx`)).catch(() => null)
  const head = Buffer.alloc(namesOffset)
  const { bytesRead } = (await file?.read(head, 0, namesOffset, 0)) ?? { bytesRead: 0 }
  if (file === null || bytesRead < namesOffset || head.readUInt32BE(0) !== 0xff744f63) {
    await file?.close()
    return null
  }
  const fanout = Array.from({ length: 256 }, (_, first) =>
    head.readUInt32BE(fanoutOffset + first * 4),
  )
  const count = fanout.at(-1) ?? 0
  const nameBytes = (name.length - 'pack-'.length) / 2
  const names = count > fewNames ? null : await readPart(file, nameBytes, 0, count)
  return { name, nameBytes, file, fanout, names, isKept }
}
