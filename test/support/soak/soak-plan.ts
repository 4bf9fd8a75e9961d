import { seededRandom } from '../seeded-random.ts'
import {
  firstId,
  letter,
  type SoakMail,
  type SoakPatch,
  type SoakSeries,
  seriesMails,
  withFooter,
} from './soak-mails.ts'
import type { Tree } from './soak-tree.ts'

export const dayMs = 86_400_000
/** When the simulated time begins: a Monday. */
export const soakBegin = Date.UTC(2027, 0, 4)

export interface Timed<T> {
  readonly at: number
  readonly what: T
}

/** What people wrote on one day, in order of time, and the series among it. */
export interface SoakDay {
  readonly mails: readonly Timed<SoakMail>[]
  readonly series: readonly SoakSeries[]
}

const authors = 200
const verbs = ['mend', 'drop', 'rename', 'guard', 'widen', 'document', 'quieten', 'split']
const things = [
  'probe',
  'timer',
  'queue',
  'lock',
  'table',
  'buffer',
  'clock',
  'reset',
  'irq',
  'dma',
]
const sizes = [1, 1, 1, 1, 2, 2, 3, 3, 4, 5, 8]

export interface SoakPlan {
  /** The days in order, from 0; `tree` and `tip` are what contributors last fetched. */
  day(index: number, tree: Tree, tip: string): SoakDay
}

/** Writes the mails of day after day; the same seed writes the same. */
export function soakPlan(seriesPerDay: number, seed: number): SoakPlan {
  const random = seededRandom(seed)
  let count = 0
  /** Newer versions that people will send, by day. */
  const later = new Map<number, SoakSeries[]>()

  function pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(random() * choices.length)] as T
  }

  function below(limit: number): number {
    return Math.floor(random() * limit)
  }

  function makePatches(tree: Tree, name: string): readonly SoakPatch[] {
    const files = [...tree.keys()]
    return Array.from({ length: pick(sizes) }, (_, index) => {
      const file = pick(files)
      const line = below((tree.get(file) ?? []).length)
      const mark = below(2 ** 32).toString(36)
      return {
        title: `${file}: ${name} step ${index + 1}`,
        edit: { file, line, text: `int ${pick(things)}_${mark} = ${count};` },
      }
    })
  }

  function fresh(tree: Tree, tip: string, at: number): SoakSeries {
    count += 1
    const name = `${pick(verbs)} ${pick(things)} ${pick(things)} of board ${count.toString(36)}`
    return {
      number: count,
      version: 1,
      author: `Contributor ${below(authors)}`,
      name,
      patches: makePatches(tree, name),
      tree,
      base: random() < 0.5 ? tip : null,
      sentAt: new Date(at),
    }
  }

  /** One patch differs, and all are made on what is there now. */
  function reroll(old: SoakSeries, tree: Tree, tip: string, at: number): SoakSeries {
    const changed = below(old.patches.length)
    return {
      ...old,
      version: old.version + 1,
      tree,
      base: old.base === null ? null : tip,
      sentAt: new Date(at),
      patches: old.patches.map((patch, index) =>
        index === changed
          ? {
              ...patch,
              edit: { ...patch.edit, text: `${patch.edit.text} /* v${old.version + 1} */` },
            }
          : patch,
      ),
    }
  }

  function answers(series: SoakSeries, at: number): readonly Timed<SoakMail>[] {
    return Array.from({ length: pick([0, 1, 1, 2, 3]) }, (_, n) => {
      const body =
        random() < 0.4 ? 'Reviewed-by: Rita Reader <rita@contributor.example>\n' : 'Why?\n'
      return {
        at: at + (n + 1) * 1_200_000,
        what: letter({
          messageId: `re.${series.number}.v${series.version}-${n}@reader.example`,
          from: `Reader ${below(authors)}`,
          subject: `Re: [PATCH] ${series.name}`,
          at: new Date(at + (n + 1) * 1_200_000),
          answers: [firstId(series)],
          body: `> It was wrong before.\n\n${body}`,
        }),
      }
    })
  }

  function chatter(day: number, n: number, at: number): Timed<SoakMail> {
    const messageId = `talk.${day}.${n}@reader.example`
    const before = n % 3 === 0 ? [] : [`talk.${day}.${n - 1}@reader.example`]
    const subject = `${before.length > 0 ? 'Re: ' : ''}meeting on day ${day}`
    const from = `Reader ${below(authors)}`
    const body = 'I shall be there.\n'
    return {
      at,
      what: letter({ messageId, from, subject, at: new Date(at), answers: before, body }),
    }
  }

  function day(index: number, tree: Tree, tip: string): SoakDay {
    const begin = soakBegin + index * dayMs
    const rerolls = later.get(index) ?? []
    later.delete(index)
    const series: SoakSeries[] = []
    const mails: Timed<SoakMail>[] = []
    const many = Math.floor((index + 1) * seriesPerDay) - Math.floor(index * seriesPerDay)
    for (let n = 0; n < many; n += 1) {
      const at = begin + below(dayMs)
      const old = rerolls[n]
      const one = old === undefined ? fresh(tree, tip, at) : reroll(old, tree, tip, at)
      series.push(one)
      const own = seriesMails(one)
      mails.push(...own.map((what, order) => ({ at: at + order * 1_000, what })))
      mails.push(...answers(one, at))
      if (random() < 0.03) {
        mails.push(...own.map((what) => ({ at: at + 60_000, what: withFooter(what) })))
      }
      if (one.version < 4 && random() < 0.3) {
        const on = index + 1 + below(10)
        later.set(on, [...(later.get(on) ?? []), one])
      }
    }
    for (let n = 0; n < Math.ceil(seriesPerDay / 3); n += 1) {
      mails.push(chatter(index, n, begin + below(dayMs)))
    }
    return { mails: mails.toSorted((a, b) => a.at - b.at), series }
  }

  return { day }
}
