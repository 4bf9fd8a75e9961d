import type { SoakSeries } from './soak-mails.ts'
import { rowsOf } from './soak-measure.ts'
import type { SoakWorld } from './soak-world.ts'

/** Every report that the books know went out once, no other did, no mail is missing, and nothing is left to do. */
export function findFaults(
  world: SoakWorld,
  reports: ReadonlyMap<string, number>,
  series: readonly SoakSeries[],
  mails: number,
): readonly string[] {
  const outbox = rowsOf<{ id: string; state: string }>(
    world,
    `select coalesce(full_text, name) as id, state from outbox
     join message_id on message_id.id = outbox.message`,
  )
  const gone = new Set(['sent', 'handed-over', 'seen'])
  const known = new Set(outbox.filter(({ state }) => gone.has(state)).map(({ id }) => id))
  const [{ stored } = { stored: 0 }] = rowsOf<{ stored: number }>(
    world,
    `select count(*) as stored from delivery`,
  )
  const [{ versions } = { versions: 0 }] = rowsOf<{ versions: number }>(
    world,
    `select count(*) as versions from series where project = 'soak'`,
  )
  const lost = [...known].filter((id) => !reports.has(id))
  const unknown = [...reports.keys()].filter((id) => !known.has(id))
  const waiting = rowsOf<{ what: string }>(
    world,
    `select kind || ' ' || state || ' ' || coalesce(last_error, '') as what from job where kind not in ('refresh', 'reconcile', 'tidy')
     union all select 'outbox ' || state from outbox where state not in ('sent', 'handed-over', 'seen', 'dropped')`,
  )
  const untold = rowsOf<{ topic: string }>(
    world,
    `select topic || ' ' || state as topic from topic where state in ('waiting', 'testing', 'problem', 'error') limit 5`,
  )
  return [
    ...[...reports].filter(([, count]) => count > 1).map(([id]) => `sent twice: ${id}`),
    ...lost.map((id) => `in the books but never sent: ${id}`),
    ...unknown.map((id) => `sent but not in the books: ${id}`),
    ...(stored < mails ? [`of ${mails} mails ${stored} are stored`] : []),
    ...(versions < series.length ? [`of ${series.length} series ${versions} are known`] : []),
    ...waiting.slice(0, 20).map(({ what }) => `left to do: ${what}`),
    ...untold.map(({ topic }) => `nothing was said of ${topic}`),
  ]
}
