import type { Config } from '../../config/config.ts'
import type { IntakePorts } from '../../flow/intake/take-mail.ts'
import {
  isAmongOwnMirrors,
  requireOwnArchive,
  requireOwnMirrors,
  requireOwnStore,
} from '../../flow/recovery/require-own-store.ts'
import type { RuntimeOptions } from '../open-intake.ts'

/**
 * For what puts mail into a state folder without being its worker: a start of the service would find a lost one lost no more. Looks at
 * journal and mirrors only where the store has taken no mail yet or nobody has asked them. Throws FLOW_STORE_LOST,
 * FLOW_RECORDS_LOST, FLOW_STATE_LOST, GIT_REMOTE_*, CONFIG_SECRET_UNREADABLE.
 */
export async function requireOwnState(
  config: Config,
  { store, archive }: Pick<IntakePorts, 'store' | 'archive'>,
  options: RuntimeOptions,
  signal: AbortSignal,
): Promise<void> {
  const isKnown = await store.read(
    async (reader) => (await isAmongOwnMirrors(reader)) && (await reader.archiveTip()) !== null,
  )
  if (isKnown) {
    await requireOwnArchive(store, archive)
    return
  }
  // All that a service is made of: most imports need none of it, and an MTA waits for each.
  const { openRuntime } = await import('../runtime.ts')
  const runtime = await openRuntime(config, options)
  try {
    await requireOwnStore(runtime.ports, signal)
    await requireOwnMirrors(runtime.ports, signal)
  } finally {
    await runtime.close()
  }
}
