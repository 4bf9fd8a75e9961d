import type { Migration } from '../migrate.ts'
import { firstSchema } from './0001-first-schema.ts'
import { offeredMails } from './0002-offered-mails.ts'
import { dialogues } from './0003-dialogues.ts'
import { digestItems } from './0004-digest-items.ts'
import { unroutedSeries } from './0005-unrouted-series.ts'
import { seriesNeeds } from './0006-series-needs.ts'
import { commitLooks } from './0007-commit-looks.ts'
import { pullRequests } from './0008-pull-requests.ts'
import { hookDeliveries } from './0009-hook-deliveries.ts'
import { watch } from './0010-watch.ts'
import { ages } from './0011-ages.ts'
import { published } from './0012-published.ts'
import { decisionGroups } from './0013-decision-groups.ts'

/** In order. */
export const migrations: readonly Migration[] = [
  firstSchema,
  offeredMails,
  dialogues,
  digestItems,
  unroutedSeries,
  seriesNeeds,
  commitLooks,
  pullRequests,
  hookDeliveries,
  watch,
  ages,
  published,
  decisionGroups,
]
