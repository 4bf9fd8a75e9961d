import type { TestRepo } from './test-repo.ts'

type Random = () => number

/** Paths to contents, each `<mode> <content>` as byte strings. */
export type RandomTree = ReadonlyMap<string, string>

const names = [
  'a',
  'b.c',
  'dir/a',
  'dir/b',
  'dir/sub/a',
  'dir.x',
  'dir-x/a',
  'name with blank',
  'z\xe9',
]
const lines = [
  '}',
  '',
  'a',
  'b',
  'int x;',
  '\treturn',
  'a ',
  '--- x',
  '+++ y',
  '@@ y',
  'diff --git',
  '\\ z',
]

function pick<T>(random: Random, list: readonly T[]): T {
  const found = list[Math.floor(random() * list.length)]
  if (found === undefined) {
    throw new RangeError('nothing to pick from')
  }
  return found
}

function randomContent(random: Random): string {
  const count = Math.floor(random() * 30)
  const text = Array.from({ length: count }, () => `${pick(random, lines)}\n`).join('')
  return random() < 0.2 ? text.replace(/\n$/, '') : text
}

function editedContent(random: Random, text: string): string {
  const all = text.split('\n')
  for (let edits = 1 + Math.floor(random() * 3); edits > 0; edits -= 1) {
    const at = Math.floor(random() * all.length)
    const added = Array.from({ length: Math.floor(random() * 3) }, () => pick(random, lines))
    all.splice(at, Math.floor(random() * 3), ...added)
  }
  return all.join('\n')
}

/** A small tree of files, executables and links. */
export function randomTree(random: Random): RandomTree {
  const tree = new Map<string, string>()
  for (const name of names) {
    if (random() < 0.6) {
      const mode = pick(random, ['100644', '100644', '100644', '100755', '120000'])
      tree.set(
        name,
        `${mode} ${mode === '120000' ? pick(random, ['a', 'dir/b']) : randomContent(random)}`,
      )
    }
  }
  return tree
}

/** The tree with some files edited, created, deleted, renamed, copied, or of another mode. */
export function editedTree(random: Random, tree: RandomTree): RandomTree {
  const edited = new Map(tree)
  for (const [name, file] of tree) {
    const [mode, content] = [file.slice(0, 6), file.slice(7)]
    const act = random()
    if (act < 0.35 && mode !== '120000') {
      edited.set(name, `${mode} ${editedContent(random, content)}`)
    } else if (act < 0.4) {
      edited.delete(name)
    } else if (act < 0.47) {
      edited.set(name, `${mode === '100644' ? '100755' : '100644'} ${content}`)
    } else if (act < 0.57) {
      edited.delete(name)
      edited.set(
        `${name}-moved`,
        `${mode} ${mode === '120000' ? content : editedContent(random, content)}`,
      )
    } else if (act < 0.6) {
      edited.set(`new/${name}`, `${mode} ${content}`)
    }
  }
  if (random() < 0.3) {
    edited.set(pick(random, names), `100644 ${randomContent(random)}`)
  }
  return withoutClashes(edited)
}

function withoutClashes(tree: ReadonlyMap<string, string>): RandomTree {
  const all = [...tree.keys()]
  return new Map([...tree].filter(([name]) => !all.some((other) => other.startsWith(`${name}/`))))
}

/** Writes the trees into the repository, one commit each without parents, by one process. Gives their names. */
export function writeTrees(repo: TestRepo, trees: readonly RandomTree[]): readonly string[] {
  const parts: string[] = []
  for (const [index, tree] of trees.entries()) {
    parts.push(
      `commit refs/trees/${index}\nmark :${index + 1}\ncommitter C <c@example.org> 0 +0000\ndata 0\n`,
    )
    parts.push('deleteall\n')
    for (const [name, file] of tree) {
      const content = file.slice(7)
      const quoted = `"${name.replace(/[\x80-\xff]/g, (byte) => `\\${byte.charCodeAt(0).toString(8)}`)}"`
      parts.push(`M ${file.slice(0, 6)} inline ${quoted}\ndata ${content.length}\n${content}\n`)
    }
  }
  repo.gitWith(
    { input: Buffer.from(parts.join(''), 'latin1') },
    'fast-import',
    '--quiet',
    '--force',
  )
  return trees.map((_, index) => `refs/trees/${index}`)
}
