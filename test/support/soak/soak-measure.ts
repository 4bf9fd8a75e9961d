import { existsSync, type Stats } from 'node:fs'
import { lstat, readdir, utimes } from 'node:fs/promises'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import type { SoakWorld } from './soak-world.ts'

/** Bytes, but for what says otherwise. */
export interface SoakDisk {
  readonly archive: number
  readonly journal: number
  /** Objects and refs of what was applied and fetched. */
  readonly repositories: number
  /** Pages of the store that hold rows. */
  readonly rows: number
  /** All that is in the state folder and the temporary one besides. */
  readonly beyond: number
  /** How many files there are in the state folder and the temporary one. */
  readonly files: number
  readonly packs: number
}

async function filesUnder(folder: string): Promise<readonly { file: string; stats: Stats }[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const found: { file: string; stats: Stats }[] = []
  for (const name of names) {
    const file = path.join(folder, name)
    const stats = await lstat(file).catch(() => null)
    if (stats?.isFile() === true) {
      found.push({ file, stats })
    }
  }
  return found
}

const kept = /\.(?:pack|idx|rev)$|\/refs\/|\/packed-refs$|\/objects\/[0-9a-f]{2}\//

export async function measureDisk(world: SoakWorld): Promise<SoakDisk> {
  const { used, free } = pages(world)
  const disk = { archive: 0, journal: 0, repositories: 0 }
  let beyond = free
  let packs = 0
  const files = [...(await filesUnder(world.state)), ...(await filesUnder(world.temporary))]
  for (const { file, stats } of files) {
    const place = path.relative(world.state, file)
    const isKept = kept.test(file) && !path.basename(file).startsWith('tmp_')
    packs += file.endsWith('.pack') ? 1 : 0
    if (isKept && place.startsWith('archive/')) {
      disk.archive += stats.size
    } else if (isKept && place.startsWith('journal.git/')) {
      disk.journal += stats.size
    } else if (isKept && /^(?:repositories|upstreams)\//.test(place)) {
      disk.repositories += stats.size
    } else if (place !== 'store.sqlite') {
      beyond += stats.size
    }
  }
  return { ...disk, rows: used, beyond, files: files.length, packs }
}

function pages({ state }: SoakWorld): { readonly used: number; readonly free: number } {
  const file = path.join(state, 'store.sqlite')
  if (!existsSync(file)) {
    return { used: 0, free: 0 }
  }
  const database = new Sqlite(file, { readonly: true })
  try {
    const [size, all, free] = ['page_size', 'page_count', 'freelist_count'].map((name) =>
      Number(database.pragma(name, { simple: true })),
    ) as [number, number, number]
    return { used: (all - free) * size, free: free * size }
  } finally {
    database.close()
  }
}

/** How many rows each table has. */
export function countRows({ state }: SoakWorld): Readonly<Record<string, number>> {
  return look(state, (database) => {
    const tables = database
      .prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite%'")
      .pluck()
      .all() as string[]
    return Object.fromEntries(
      tables.map((table) => [
        table,
        database.prepare(`select count(*) from "${table}"`).pluck().get() as number,
      ]),
    )
  })
}

/** What a query gives, row by row. */
export function rowsOf<Row>({ state }: SoakWorld, query: string): readonly Row[] {
  return look(state, (database) => database.prepare(query).all() as Row[])
}

function look<T>(state: string, work: (database: Sqlite.Database) => T): T {
  const database = new Sqlite(path.join(state, 'store.sqlite'), { readonly: true })
  try {
    return work(database)
  } finally {
    database.close()
  }
}

/** A simulated time later a killed process is long gone: what it left looks two days old. */
export async function ageLeftovers(world: SoakWorld): Promise<void> {
  const before = new Date(Date.now() - 2 * 86_400_000)
  const inTemporary = (await readdir(world.temporary)).map((name) =>
    path.join(world.temporary, name),
  )
  const begun = (await filesUnder(world.state))
    .map(({ file }) => file)
    .filter((file) => /^(?:tmp_|\.tmp-)|\.lock$/.test(path.basename(file)))
  for (const file of [...inTemporary, ...begun]) {
    await utimes(file, before, before).catch(() => undefined)
  }
}
