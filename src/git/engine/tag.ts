import { BotError } from '../../core/bot-error.ts'
import { type Sha, toSha } from '../../core/ids.ts'
import { gitText, runGit } from '../cli/run-git.ts'
import type { TagObject, TagSpec } from '../git-engine.ts'
import { writeFault } from '../objects/durable-file.ts'
import { toObject } from '../objects/object-encoding.ts'
import { storeLoose } from '../objects/store-loose.ts'
import type { Repository } from './repository.ts'

/** Writes the tag object; the same spec gives the same name. Throws GIT_OBJECT_MISSING when there is no target. */
export async function writeTag(repository: Repository, tag: TagSpec): Promise<Sha> {
  const [found] = await repository.names.find([tag.target], undefined)
  if (found === null || found === undefined) {
    throw new BotError('GIT_OBJECT_MISSING', `${repository.gitDir} has no ${tag.target}`, {
      retry: 'after-human',
      details: { repository: repository.gitDir, sha: tag.target },
    })
  }
  const seconds = Math.floor(tag.taggedAt.getTime() / 1000)
  const tagger = `${inIdent(tag.tagger.name)} <${inIdent(tag.tagger.address)}>`
  const message = tag.message.replace(/\n*$/, '\n')
  const text = `object ${tag.target}
type ${found.type}
tag ${tag.name}
tagger ${tagger} ${seconds} +0000

${message}`
  if (repository.reader === null) {
    return toSha((await gitText(['mktag'], { ...repository.durable, input: text })).trim())
  }
  const object = toObject('tag', Buffer.from(text))
  try {
    await storeLoose(repository.objectsDir, object)
  } catch (error) {
    throw writeFault(repository.gitDir, error)
  }
  return object.sha
}

/** The tag object `sha`; null when it is no tag, or not here. */
export async function readTag(repository: Repository, sha: Sha): Promise<TagObject | null> {
  const text = await tagText(repository, sha)
  const found =
    /^object (?<target>[0-9a-f]+)\ntype \w+\ntag (?<name>.*)\ntagger (?<who>.*) <(?<address>.*)> (?<seconds>\d+) [+-]\d{4}\n\n(?<message>[^]*)\n$/.exec(
      text ?? '',
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

/** Null where it is no tag, or not here. */
async function tagText(repository: Repository, sha: Sha): Promise<string | null> {
  if (repository.reader !== null) {
    const [found] = await repository.reader.find([sha], undefined)
    return found?.type === 'tag' ? (found.content?.toString('utf8') ?? null) : null
  }
  const { exitCode, stdout } = await runGit(['cat-file', 'tag', sha], repository.view)
  return exitCode === 0 ? Buffer.from(stdout).toString('utf8') : null
}

/** What would end a name or an address inside a tagger line. */
export function inIdent(text: string): string {
  return text.replace(/[<>\n\0]/g, '').trim()
}
