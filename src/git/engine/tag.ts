import { type Sha, toSha } from '../../core/ids.ts'
import { gitBytes, gitText } from '../cli/run-git.ts'
import type { TagObject, TagSpec } from '../git-engine.ts'
import type { Repository } from './repository.ts'

/** Writes the tag object; the same spec gives the same name. Throws GIT_OBJECT_MISSING when there is no target. */
export async function writeTag(repository: Repository, tag: TagSpec): Promise<Sha> {
  const [found] = (await repository.reader?.find([tag.target], undefined)) ?? []
  const type =
    found?.type ?? (await gitText(['cat-file', '-t', tag.target], repository.view)).trim()
  const seconds = Math.floor(tag.taggedAt.getTime() / 1000)
  const tagger = `${inIdent(tag.tagger.name)} <${inIdent(tag.tagger.address)}>`
  const message = tag.message.replace(/\n*$/, '\n')
  const input = `object ${tag.target}
type ${type}
tag ${tag.name}
tagger ${tagger} ${seconds} +0000

${message}`
  return toSha((await gitText(['mktag'], { ...repository.durable, input })).trim())
}

/** The tag object `sha`; null when it is no tag, or not here. */
export async function readTag(repository: Repository, sha: Sha): Promise<TagObject | null> {
  const call = { ...repository.view, input: `${sha}\n` }
  const answer = Buffer.from(await gitBytes(['cat-file', '--batch'], call)).toString('utf8')
  const found =
    /^\S+ tag \d+\nobject (?<target>[0-9a-f]+)\ntype \w+\ntag (?<name>.*)\ntagger (?<who>.*) <(?<address>.*)> (?<seconds>\d+) [+-]\d{4}\n\n(?<message>[^]*)\n\n$/.exec(
      answer,
    )?.groups
  if (found === undefined) {
    return null
  }
  return {
    sha,
    name: found['name'] ?? '',
    target: toSha(found['target'] ?? ''),
    tagger: { name: found['who'] ?? '', address: found['address'] ?? '' },
    taggedAt: new Date(Number(found['seconds']) * 1000),
    message: found['message'] ?? '',
  }
}

/** What would end a name or an address inside a tagger line. */
export function inIdent(text: string): string {
  return text.replace(/[<>\n\0]/g, '').trim()
}
