import type { Clock } from '../../core/clock.ts'
import type { Project } from '../../core/project.ts'
import type { Logger } from '../../log/logger.ts'
import type { Store } from '../../store/store.ts'
import type { Assets } from '../assets.ts'
import type { LookAtHealth } from '../health.ts'
import type { Metrics } from '../metrics.ts'
import type { MailBodies, NamedToken, OperatorActs } from '../ports.ts'

export interface OperatorAppOptions {
  /** The address it listens on: one of the names it answers for. */
  readonly host: string
  /** Further host names it answers for, without port. */
  readonly hosts: readonly string[]
  /** People reach it by https through a proxy: cookies are for https alone. */
  readonly isBehindTls: boolean
  /** Who may act; nobody when empty. */
  readonly tokens: readonly NamedToken[]
  readonly projects: readonly Project[]
  readonly store: Pick<Store, 'read'>
  readonly acts: OperatorActs
  readonly bodies: MailBodies
  readonly health: LookAtHealth
  readonly metrics: Metrics
  readonly assets: Assets
  /** Of Patchferry, for the foot of each page. */
  readonly version: string
  readonly clock: Clock
  readonly log: Logger
}
