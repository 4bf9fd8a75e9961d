import type { DryProgress } from '../app/rehearsal/dry-run.ts'
import type { Terminal } from '../app/terminal.ts'
import { isTerminal } from './terminal.ts'

/** Says how far a dry run has come, in one line that `clear` takes away before anything else is written. */
export interface DryRunProgress {
  readonly show: (progress: DryProgress) => void
  readonly clear: () => void
}

const drawEveryMs = 100
const clearLine = '\r\u001B[K'

function words({ read, kept, at }: DryProgress): string {
  const counts = `${read} ${read === 1 ? 'mail' : 'mails'} read, ${kept} of them young enough`
  return at === null ? `reading: ${counts}` : `${counts}; running through ${at.slice(0, 10)}`
}

/** Only where a person looks at standard error. */
export function dryRunProgress({ stderr }: Pick<Terminal, 'stderr'>): DryRunProgress {
  if (!isTerminal(stderr)) {
    return { show: () => undefined, clear: () => undefined }
  }
  let drawnAt = Number.NEGATIVE_INFINITY
  let isDrawn = false
  return {
    show(progress) {
      if (performance.now() - drawnAt >= drawEveryMs) {
        drawnAt = performance.now()
        isDrawn = true
        stderr.write(`${clearLine}${words(progress)}`)
      }
    },
    clear() {
      if (isDrawn) {
        isDrawn = false
        stderr.write(clearLine)
      }
    },
  }
}
