import { BotError } from '../../core/bot-error.ts'
import type { Check } from '../../core/checks/check.ts'
import { excerptOfCheck } from '../../core/checks/check-excerpt.ts'
import type { Verdict } from '../../core/checks/verdict.ts'
import type { FlowPorts, ProjectPorts } from '../ports.ts'
import type { Patience } from './await-checks.ts'

/** More failing checks than this are only named: one broken file fails everywhere, and each log costs requests. */
const mostExplained = 3
const logBytes = 4 * 1024 * 1024
const excerptBytes = 2_000
/** What is kept of a log for the dashboard. */
const keptChars = 64 * 1024

async function explain(
  check: Check,
  isLastChance: boolean,
  { forge, project }: ProjectPorts,
  ports: Pick<FlowPorts, 'store' | 'log'>,
  signal: AbortSignal,
): Promise<Check> {
  try {
    const log = await forge.readLog(check, logBytes, signal)
    if (log === null) {
      return check
    }
    const { step, excerpt, shown } = excerptOfCheck(log, excerptBytes)
    const explained: Check = { ...check, failingStep: step ?? check.failingStep, excerpt }
    await ports.store.transaction((tx) =>
      tx.saveCheck(explained, shown === null ? null : shown.slice(-keptChars)),
    )
    return explained
  } catch (error) {
    const mayComeLater = error instanceof BotError && error.retry === 'later' && !isLastChance
    if (signal.aborted || mayComeLater) {
      throw error
    }
    ports.log.warn(
      { project: project.name, sha: check.sha, check: check.context, err: error },
      'no log of a failing check could be had; it is reported without',
    )
    return check
  }
}

/**
 * Finds out of the forge's logs which step failed and what to show of it, for the first few failures that were not explained
 * before; stores what it finds. Throws what the forge throws while there is time to try again.
 */
export async function explainFailures(
  verdict: Verdict,
  patience: Patience,
  project: ProjectPorts,
  ports: Pick<FlowPorts, 'store' | 'log'>,
  signal: AbortSignal,
): Promise<Verdict> {
  const failures: Check[] = []
  for (const [index, check] of verdict.failures.entries()) {
    const isOpen = check.origin !== 'command' && check.excerpt === '' && index < mostExplained
    failures.push(isOpen ? await explain(check, patience.isOver, project, ports, signal) : check)
  }
  return { ...verdict, failures }
}
