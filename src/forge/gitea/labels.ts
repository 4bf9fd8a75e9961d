import { BotError } from '../../core/bot-error.ts'
import { labelAnswer } from './answers.ts'
import type { RepositoryAccess } from './repository-access.ts'

/** The labels of the repository by name: what an issue does not know by name it ignores, so ids are what counts. */
export interface Labels {
  /** Ids of these names; what is not there yet is made. Null where the account may not make labels. */
  ids(names: readonly string[], signal: AbortSignal): Promise<readonly number[] | null>
  /** Adds and takes away, and leaves all others alone. False where the account may not. */
  change(
    number: number,
    added: readonly string[],
    removed: readonly string[],
    signal: AbortSignal,
  ): Promise<boolean>
}

const colours: readonly (readonly [RegExp, string])[] = [
  [/\/v\d/, '#1d76db'],
  [/success|green|pass|merged|applied/, '#0e8a16'],
  [/fail|red|conflict|broken/, '#d93f0b'],
  [/hold|held|wait|rfc/, '#fbca04'],
]

function colourOf(name: string): string {
  return colours.find(([pattern]) => pattern.test(name))?.[1] ?? '#6b7280'
}

function isForbidden(error: unknown): boolean {
  return error instanceof BotError && error.code === 'FORGE_FORBIDDEN'
}

/** Remembers ids between calls: a label that a person deleted meanwhile is looked up again when an edit did not take. */
export function openLabels({ client, path, log }: RepositoryAccess): Labels {
  const known = new Map<string, number>()

  async function learn(signal: AbortSignal): Promise<void> {
    const labels = await client.list(`${path}/labels`, labelAnswer, signal)
    known.clear()
    for (const { id, name } of labels) {
      // The first of a name wins, as where the server looks up names itself.
      known.set(name, known.get(name) ?? id)
    }
  }

  async function make(name: string, signal: AbortSignal): Promise<number> {
    const label = { name, color: colourOf(name), description: 'Set by Patchferry' }
    const { id } = await client.send('POST', `${path}/labels`, label, labelAnswer, signal)
    known.set(name, id)
    return id
  }

  async function ids(names: readonly string[], signal: AbortSignal): Promise<readonly number[]> {
    if (names.some((name) => !known.has(name))) {
      await learn(signal)
    }
    const found: number[] = []
    for (const name of names) {
      found.push(known.get(name) ?? (await make(name, signal)))
    }
    return found
  }

  async function unlessForbidden<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work()
    } catch (error) {
      if (isForbidden(error)) {
        log.debug({ err: error }, 'labels are not set, the account may not write')
        return null
      }
      throw error
    }
  }

  async function add(number: number, names: readonly string[], signal: AbortSignal): Promise<void> {
    const url = `${path}/issues/${number}/labels`
    async function post(): Promise<boolean> {
      const labels = await ids(names, signal)
      const now = await client.send('POST', url, { labels }, labelAnswer.array(), signal)
      return names.every((name) => now.some((label) => label.name === name))
    }
    if (!(await post())) {
      known.clear()
      await post()
    }
  }

  async function remove(
    number: number,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const there = await client.get(`${path}/issues/${number}/labels`, labelAnswer.array(), signal)
    for (const { id } of there.filter(({ name }) => names.includes(name))) {
      const also = [404, 422]
      await client.ask('DELETE', `${path}/issues/${number}/labels/${id}`, { also }, signal)
    }
  }

  return {
    ids: (names, signal) => unlessForbidden(() => ids(names, signal)),
    async change(number, added, removed, signal) {
      const done = await unlessForbidden(async () => {
        if (added.length > 0) {
          await add(number, added, signal)
        }
        if (removed.length > 0) {
          await remove(number, removed, signal)
        }
        return true
      })
      return done ?? false
    },
  }
}
