import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

export interface ObjectSource {
  readonly objectsDir: string
  readonly objectFormat: 'sha1' | 'sha256'
}

/**
 * Makes a repository of our own in `directory` that reads the objects of another one and has none of its
 * refs, hooks, attributes, grafts, replacements or settings. What is written to it stays in it.
 */
export async function makePrivateGitDir(directory: string, source: ObjectSource): Promise<void> {
  await mkdir(path.join(directory, 'objects/info'), { recursive: true })
  await mkdir(path.join(directory, 'refs'), { recursive: true })
  await writeFile(path.join(directory, 'HEAD'), 'ref: refs/heads/none\n')
  await writeFile(path.join(directory, 'config'), configText(source.objectFormat))
  const alternate = quoted(source.objectsDir)
  await writeFile(path.join(directory, 'objects/info/alternates'), `${alternate}\n`)
}

/** What `git init` would find out about the file system is set here, to be the same on every machine. */
function configText(objectFormat: 'sha1' | 'sha256'): string {
  const format = objectFormat === 'sha256' ? '[extensions]\n\tobjectFormat = sha256\n' : ''
  return `[core]
\trepositoryFormatVersion = ${objectFormat === 'sha256' ? 1 : 0}
\tbare = true
\tfileMode = true
\tsymlinks = true
\tignoreCase = false
\tprecomposeUnicode = false
\tprotectHFS = true
\tprotectNTFS = true
\tfsync = none
[advice]
\tamWorkDir = false
\tmergeConflict = false
${format}`
}

/** gitrepository-layout(5): a path in `alternates` may be quoted as a C string. */
function quoted(text: string): string {
  return /["\\\n]/.test(text) ? JSON.stringify(text) : text
}
