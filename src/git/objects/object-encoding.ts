import { createHash, hash } from 'node:crypto'
import { type Sha, toSha } from '../../core/ids.ts'
import type { Mailbox } from '../../core/message.ts'

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag'

/** One git object before it is stored. */
export interface GitObject {
  readonly type: ObjectType
  readonly content: Uint8Array
  readonly sha: Sha
  /** An object much like it, from which a pack may keep but the difference; null where none is known. */
  readonly basis: Sha | null
}

export interface CommitFields {
  readonly tree: Sha
  readonly parent: Sha | null
  readonly author: Mailbox
  readonly authoredAt: Date
  readonly committer: Mailbox
  readonly committedAt: Date
  readonly message: string
}

/** What a commit object says that the store hands on. */
export interface ParsedCommit {
  readonly tree: Sha
  readonly authoredAt: Date
  readonly committedAt: Date
  readonly message: string
}

/** A small object is copied in less time than a hash that takes it in two pieces is set up in. */
const smallBytes = 1024

/** The SHA-1 name of an object: over `<type> <size>\0` and its content. */
export function objectName(type: ObjectType, content: Uint8Array): Sha {
  const head = Buffer.from(`${type} ${content.length}\0`)
  return toSha(
    content.length <= smallBytes
      ? hash('sha1', Buffer.concat([head, content]), 'hex')
      : createHash('sha1').update(head).update(content).digest('hex'),
  )
}

/** An object and its name. `basis`: an object much like it. */
export function toObject(
  type: ObjectType,
  content: Uint8Array,
  basis: Sha | null = null,
): GitObject {
  return { type, content, sha: objectName(type, content), basis }
}

/** A tree of plain files. Throws TypeError for a name that git would not take. */
export function encodeTree(files: Readonly<Record<string, Sha>>): Uint8Array {
  const entries = Object.entries(files)
    .map(([name, sha]) => treeEntry(treeName(name), sha))
    .sort((a, b) => Buffer.compare(a, b))
  const [only] = entries
  return only !== undefined && entries.length === 1 ? only : Buffer.concat(entries)
}

const nameBytes = 20

function treeEntry(name: string, sha: Sha): Buffer {
  const entry = Buffer.from(`100644 ${name}\0${'\0'.repeat(nameBytes)}`)
  entry.write(sha, entry.length - nameBytes, 'hex')
  return entry
}

function treeName(name: string): string {
  if (/^$|^\.\.?$|^\.git$|[/\0]/i.test(name)) {
    throw new TypeError(`not a name for a file in a tree: ${JSON.stringify(name)}`)
  }
  return name
}

/** The files of a tree object: name -> blob. Directories and submodules are left out. */
export function parseTree(content: Buffer): Readonly<Record<string, Sha>> {
  const files: [string, Sha][] = []
  let at = 0
  while (at < content.length) {
    const space = content.indexOf(0x20, at)
    const end = content.indexOf(0, space)
    if (space === -1 || end === -1 || end + 20 >= content.length + 1) {
      throw new TypeError('not a tree object')
    }
    if (content.toString('latin1', at, space).startsWith('100')) {
      const sha = toSha(content.toString('hex', end + 1, end + 21))
      files.push([content.toString('utf8', space + 1, end), sha])
    }
    at = end + 21
  }
  return Object.fromEntries(files)
}

/** A commit object. Names, dates and message are made such that `git fsck` accepts them. */
export function encodeCommit(fields: CommitFields): Uint8Array {
  const parent = fields.parent === null ? '' : `parent ${fields.parent}\n`
  return Buffer.from(
    `tree ${fields.tree}\n${parent}author ${identity(fields.author, fields.authoredAt)}\n` +
      `committer ${identity(fields.committer, fields.committedAt)}\n\n${storedMessage(fields.message)}`,
  )
}

/** Tree, dates and message of a commit object, whoever wrote it. */
export function parseCommit(content: Buffer): ParsedCommit {
  const end = content.indexOf('\n\n')
  const headers = content.toString('utf8', 0, end === -1 ? content.length : end)
  return {
    tree: toSha(/^tree (?<sha>[0-9a-f]+)/.exec(headers)?.groups?.['sha'] ?? ''),
    authoredAt: identityDate(headers, 'author'),
    committedAt: identityDate(headers, 'committer'),
    message: end === -1 ? '' : content.toString('utf8', end + 2),
  }
}

/** The message as a commit keeps it: well-formed, without NUL, where readers would stop, and ending in a newline. */
export function storedMessage(message: string): string {
  const text = /[\0\ud800-\udfff]/.test(message)
    ? Buffer.from(message).toString().replaceAll('\0', '\uFFFD')
    : message
  return text.endsWith('\n') ? text : `${text}\n`
}

/** A date as a commit keeps it: whole seconds, not before 1970, which git cannot name; the epoch when invalid. */
export function storedDate(date: Date): Date {
  const seconds = Math.floor(date.getTime() / 1000)
  return new Date(Number.isNaN(seconds) ? 0 : Math.max(0, seconds) * 1000)
}

function identity(mailbox: Mailbox, date: Date): string {
  const address = identityPart(mailbox.address)
  const name = identityPart(mailbox.name) || address || 'unknown'
  return `${name} <${address}> ${storedDate(date).getTime() / 1000} +0000`
}

/** What an identity cannot hold; single blanks are none of it. */
const strange = /[\p{Cc}<>]|[^\S ]| {2}/u

/** Without what delimits an identity, and on one line. */
function identityPart(text: string): string {
  return (strange.test(text) ? text.replaceAll(/[\p{Cc}\s<>]+/gu, ' ') : text).trim()
}

function identityDate(headers: string, who: 'author' | 'committer'): Date {
  const seconds = new RegExp(`^${who} .*> (?<seconds>\\d+) [-+]\\d+$`, 'm').exec(headers)
  return storedDate(new Date(Number(seconds?.groups?.['seconds'] ?? 0) * 1000))
}
