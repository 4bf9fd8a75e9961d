import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

interface Row {
  /** Rooms whose every file may be imported. */
  readonly rooms?: readonly string[]
  /** Single files of other rooms that may be imported: their interfaces. */
  readonly ports?: readonly string[]
  /** Packages and node: modules; everything when absent. */
  readonly packages?: readonly string[]
}

const port = {
  mail: [
    'mail/archive.ts',
    'mail/mail-parser.ts',
    'mail/mail-source.ts',
    'mail/mailer.ts',
    'mail/return-paths.ts',
  ],
  git: ['git/git-engine.ts', 'git/journal.ts', 'git/object-store.ts'],
  forge: ['forge/forge.ts'],
  store: ['store/store.ts'],
  tester: ['tester/tester.ts'],
}

/** Who may import whom: the one copy of this table. Every room has a row. */
const rows: Readonly<Record<string, Row>> = {
  util: { rooms: [] },
  core: { rooms: [], packages: ['node:crypto'] },
  log: { rooms: ['util'] },
  config: { rooms: ['core', 'log', 'util'] },
  mail: { rooms: ['core', 'log', 'util'], ports: ['git/object-store.ts'] },
  git: { rooms: ['core', 'log', 'util'] },
  forge: { rooms: ['core', 'log', 'util'] },
  store: { rooms: ['core', 'log', 'util'] },
  report: { rooms: ['core', 'util'] },
  tester: { rooms: ['core', 'log', 'util'] },
  flow: {
    rooms: ['core', 'log', 'util', 'report'],
    ports: Object.values(port).flat(),
    packages: [],
  },
  web: { rooms: ['core', 'log', 'util', 'flow', 'report'], ports: port.store },
  app: {
    rooms: 'config core flow forge git log mail report store tester util web'.split(' '),
  },
  cli: { rooms: ['app', 'config', 'core', 'log', 'util'] },
}

/** Packages that one room alone may import. */
const owner: Readonly<Record<string, string>> = {
  '@octokit/rest': 'forge',
  'better-sqlite3': 'store',
  commander: 'cli',
  'cli-progress': 'cli',
  hono: 'web',
  '@hono/node-server': 'web',
  imapflow: 'mail',
  'isomorphic-git': 'git',
  kysely: 'store',
  liquidjs: 'report',
  mailparser: 'mail',
  nodemailer: 'mail',
  pg: 'store',
  pino: 'log',
  'prom-client': 'web',
  probot: 'app',
  'smee-client': 'app',
  yaml: 'config',
}

const src = path.resolve(import.meta.dirname, '../src')

function sourceFiles(): readonly string[] {
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.split(path.sep).join('/'))
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(path.join(src, file), 'utf8')
  return [...text.matchAll(/\b(?:from|import)\s*\(?\s*['"](?<target>[\w@./:-]+)['"]/g)].map(
    (match) => match.groups?.['target'] ?? '',
  )
}

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

function isAllowed(file: string, target: string): boolean {
  const room = file.split('/')[0] ?? ''
  const row = rows[room] ?? {}
  if (!target.startsWith('.')) {
    const name = packageName(target)
    return (owner[name] ?? room) === room && (row.packages?.includes(name) ?? true)
  }
  const to = path.posix.join(path.posix.dirname(file), target)
  const toRoom = to.split('/')[0] ?? ''
  return toRoom === room || (row.rooms ?? []).includes(toRoom) || (row.ports ?? []).includes(to)
}

describe('the layers', () => {
  it('give every room a row', () => {
    const rooms = new Set(sourceFiles().flatMap((file) => file.split('/').slice(0, -1).slice(0, 1)))
    expect([...rooms].filter((room) => !(room in rows))).toEqual([])
  })

  it('let a file import only what its row allows', () => {
    const broken = sourceFiles().flatMap((file) =>
      importsOf(file)
        .filter((target) => file.includes('/') && !isAllowed(file, target))
        .map((target) => `${file} -> ${target}`),
    )
    expect(broken).toEqual([])
  })
})
