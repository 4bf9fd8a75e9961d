import { mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { runGitAsync } from '../run-git-async.ts'
import { type SoakSeries, soakList } from './soak-mails.ts'
import { fileText, makeTree, type Tree, withEdit } from './soak-tree.ts'

/** An upstream that moves, a mirror, an inbox, and the configuration of a service on them. */
export interface SoakWorld {
  readonly directory: string
  readonly config: string
  readonly state: string
  /** Where programs of the service put temporary files. */
  readonly temporary: string
  readonly mirror: string
  /** The files of upstream's main branch, and the commit. */
  readonly tree: () => Tree
  readonly tip: () => string
  /** Puts what still fits of these series on upstream's main branch, a commit for each patch. */
  merge(series: readonly SoakSeries[], at: number): Promise<void>
  /** How many refs the mirror has below a folder. */
  countRefs(folder: string): Promise<number>
  /** What whoever hosts the mirror does at night. */
  tidyMirror(): Promise<void>
  /** Delivers a mail as an MTA does. */
  deliver(raw: string): Promise<void>
}

function configText(smtpPort: number): string {
  return `state: ./state
bot:
  name: Patchferry
  address: patchferry@example.org
lists:
  - name: soak-devel
    address: ${soakList}
    listId: soak-devel.lists.example.org
    sources:
      - maildir: ./inbox
        poll: 1s
projects:
  - name: soak
    lists: [soak-devel]
    upstream:
      url: ./upstream.git
    mirror:
      forge: plain
      url: ./mirror.git
    branches: [main]
    tests:
      name: test
      command: [sh, test.sh]
      isolation: none
    reports:
      success: author-and-list
      failure: author-and-list
      conflict: author-and-list
      baseMissing: author-and-list
retention:
  mailRefs: 4d
delivery:
  smtp:
    host: 127.0.0.1
    port: ${smtpPort}
    security: none
    clientName: ci.example.org
  lookFor: 2d
web:
  public:
    host: 127.0.0.1
    port: 0
  operator:
    host: 127.0.0.1
    port: 0
log:
  level: warn
`
}

/** For `git fast-import`. */
function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`
}

function commitHead(at: number, message: string): string {
  const who = `Mary Maintainer <mary@example.org> ${Math.floor(at / 1_000)} +0000`
  return `commit refs/heads/main\nauthor ${who}\ncommitter ${who}\n${data(message)}`
}

function fileChange(name: string, lines: readonly string[]): string {
  return `M 100644 inline ${name}\n${data(fileText(lines))}`
}

export async function makeSoakWorld(
  directory: string,
  smtpPort: number,
  begin: number,
): Promise<SoakWorld> {
  function at(name: string): string {
    return path.join(directory, name)
  }
  await mkdir(directory, { recursive: true })
  for (const name of ['upstream.git', 'mirror.git']) {
    await runGitAsync(directory, ['init', '-q', '--bare', '-b', 'main', at(name)])
    await runGitAsync(at(name), ['config', 'gc.auto', '0'])
  }
  for (const folder of ['inbox/new', 'inbox/cur', 'inbox/tmp', 'tmp']) {
    await mkdir(at(folder), { recursive: true })
  }
  await writeFile(at('patchferry.yml'), configText(smtpPort))
  let tree = makeTree()
  let tip = ''
  let delivered = 0

  async function advance(stream: string): Promise<void> {
    await runGitAsync(at('upstream.git'), ['fast-import', '--quiet'], `${stream}done\n`)
    tip = await runGitAsync(at('upstream.git'), ['rev-parse', 'refs/heads/main'])
  }

  await advance(
    commitHead(begin - 1_000, 'Begin\n') +
      [...tree].map(([name, lines]) => fileChange(name, lines)).join(''),
  )
  return {
    directory,
    config: at('patchferry.yml'),
    state: at('state'),
    temporary: at('tmp'),
    mirror: at('mirror.git'),
    tree: () => tree,
    tip: () => tip,
    async merge(series, when) {
      let stream = ''
      for (const { patches, tree: made } of series) {
        const fits = patches.every(
          ({ edit }) => made.get(edit.file)?.join() === tree.get(edit.file)?.join(),
        )
        for (const { title, edit } of fits ? patches : []) {
          tree = withEdit(tree, edit)
          const from = stream === '' ? `from ${tip}\n` : ''
          const change = fileChange(edit.file, tree.get(edit.file) ?? [])
          stream += commitHead(when, `${title}\n`) + from + change
        }
      }
      if (stream !== '') {
        await advance(stream)
      }
    },
    async countRefs(folder) {
      const refs = await runGitAsync(at('mirror.git'), [
        'for-each-ref',
        '--format=%(refname)',
        folder,
      ])
      return refs.split('\n').filter((line) => line !== '').length
    },
    async tidyMirror() {
      await runGitAsync(at('mirror.git'), ['pack-refs', '--all'])
      await runGitAsync(at('mirror.git'), ['repack', '--geometric=2', '-d', '-q'])
    },
    async deliver(raw) {
      delivered += 1
      const name = `${String(delivered).padStart(9, '0')}.soak`
      await writeFile(at(`inbox/tmp/${name}`), raw)
      await rename(at(`inbox/tmp/${name}`), at(`inbox/new/${name}`))
    },
  }
}
