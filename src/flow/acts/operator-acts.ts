import { noLook } from '../../core/checks/commit-look.ts'
import type { Sha, TopicId } from '../../core/ids.ts'
import type { ApplicationRecord, SeriesRecord } from '../../core/records.ts'
import { versionText } from '../../core/series/series.ts'
import { isWithdrawn } from '../series/is-withdrawn.ts'
import { updateTopic } from '../series/refresh-topic.ts'
import { type ActPorts, type ActResult, decide, refused } from './decide.ts'

interface Chosen {
  readonly record: SeriesRecord
  readonly applications: readonly ApplicationRecord[]
  readonly isWithdrawn: boolean
}

/** The version asked for, the newest one where none is; null when there is no such topic or version. */
async function choose(
  topic: TopicId,
  version: string | null,
  ports: ActPorts,
): Promise<Chosen | null> {
  return ports.store.read(async (reader) => {
    const versions = await reader.seriesOfTopic(topic)
    const record =
      version === null
        ? versions.at(-1)
        : versions.find(({ series }) => versionText(series) === version)
    if (record === undefined) {
      return null
    }
    const applications = await reader.applications(topic)
    return {
      record,
      isWithdrawn: await isWithdrawn(topic, versionText(record.series), reader),
      applications: applications.filter(
        (one) => one.version === versionText(record.series) && one.digest === record.digest,
      ),
    }
  })
}

function noSuch(topic: TopicId, version: string | null): ActResult {
  const what = version === null ? `topic ${topic}` : `version ${version} of topic ${topic}`
  return refused(`there is no ${what}; \`patchferry status\` lists the topics`)
}

function ended(topic: TopicId, version: string): ActResult {
  return refused(`version ${version} of topic ${topic} was withdrawn; a newer version goes on`)
}

/**
 * Releases a held version, pinned to the head that is held: an approval of one head never speaks for another.
 * Where `head` is given and is not what is held any more, the person looked at something else: refused.
 */
export async function approve(
  topic: TopicId,
  held: { readonly version: string | null; readonly head: Sha | null },
  by: string,
  ports: ActPorts,
  signal: AbortSignal,
): Promise<ActResult> {
  const chosen = await choose(topic, held.version, ports)
  if (chosen === null) {
    return noSuch(topic, held.version)
  }
  const { record, applications } = chosen
  const version = versionText(record.series)
  if (chosen.isWithdrawn) {
    return ended(topic, version)
  }
  const waiting = applications.find((one) => one.holds.length > 0 && one.publishedAt === null)
  if (waiting?.application.outcome !== 'applied') {
    return refused(`version ${version} of topic ${topic} is not held`)
  }
  const { head } = waiting.application
  if (held.head !== null && held.head !== head) {
    return refused(`what is held is ${head} now, not ${held.head}: look at it again`)
  }
  const result = `version ${version} released at ${head}`
  return decide(
    { kind: 'approve', topic, version, head },
    by,
    { record, rule: 'approve', result },
    (tx) => tx.enqueue('publish', record.series.anchor, ports.clock()),
    ports,
    signal,
  )
}

/** This version and all older ones are worked on no more; what is on the mirror stays. */
export async function withdraw(
  topic: TopicId,
  reason: string,
  by: string,
  ports: ActPorts,
  signal: AbortSignal,
): Promise<ActResult> {
  const chosen = await choose(topic, null, ports)
  if (chosen === null) {
    return noSuch(topic, null)
  }
  const version = versionText(chosen.record.series)
  return decide(
    { kind: 'withdraw', topic, version, reason },
    by,
    {
      record: chosen.record,
      rule: 'withdraw',
      result: `version ${version} withdrawn${reason === '' ? '' : `: ${reason}`}`,
    },
    (tx) => updateTopic(topic, { state: 'withdrawn' }, ports, tx),
    ports,
    signal,
  )
}

/**
 * Forgets the results of a version's head and base and tests again; a version that did not apply, or that the
 * mirror refused, is tried again from its base on. Not a decision that outlives the store.
 */
export async function retest(
  topic: TopicId,
  version: string | null,
  by: string,
  ports: ActPorts,
): Promise<ActResult> {
  const chosen = await choose(topic, version, ports)
  if (chosen === null) {
    return noSuch(topic, version)
  }
  const { record, applications } = chosen
  const text = versionText(record.series)
  if (chosen.isWithdrawn) {
    return ended(topic, text)
  }
  if (!record.series.complete) {
    return refused(`version ${text} of topic ${topic} is incomplete`)
  }
  const published = applications.findLast((one) => one.publishedAt !== null)
  const result =
    published === undefined ? `version ${text} is tried again` : `version ${text} is tested again`
  await ports.store.transaction(async (tx) => {
    if (published?.application.outcome === 'applied') {
      for (const { sha } of published.application.commits) {
        if (sha !== null) {
          await tx.removeChecks(sha)
        }
      }
      await tx.removeChecks(published.base)
      const { head } = published.application
      if ((await tx.commitLook(published.project, head)) !== null) {
        await tx.enqueue('rerun', `${published.project} ${head}`, ports.clock())
      }
      for (const sha of [head, published.base]) {
        await tx.saveCommitLook(noLook(published.project, sha))
      }
      await updateTopic(topic, { state: 'testing', verdict: null }, ports, tx)
      // Looked at again too: what the mirror lost meanwhile is pushed again, the rest is left alone.
      await tx.saveApplication({ ...published, publishedAt: null })
      await tx.enqueue('publish', record.series.anchor, ports.clock())
      await tx.enqueue('test', `${published.project} ${published.application.head}`, ports.clock())
    } else {
      await tx.enqueue('publish', record.series.anchor, ports.clock())
    }
    await tx.addDecision({
      at: ports.clock(),
      messageId: record.series.anchor,
      topic,
      version: text,
      step: 'person',
      rule: 'retest',
      inputs: { by },
      result,
    })
  })
  return { outcome: 'done', message: result }
}
