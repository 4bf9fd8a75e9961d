/** Tells waiting lanes that there may be work. */
export interface WakeUp {
  readonly ring: () => void
  /** Resolves at the next ring, after `timeoutMs`, or on abort. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void>
}

// Not AbortSignal.any: on Node 20 it keeps something of every signal it ever combined.
export function createWakeUp(): WakeUp {
  const waiting = new Set<() => void>()
  return {
    ring() {
      for (const resolve of waiting) {
        resolve()
      }
    },
    async wait(timeoutMs, signal) {
      if (signal.aborted) {
        return
      }
      await new Promise<void>((resolve) => {
        function end(): void {
          clearTimeout(timer)
          waiting.delete(end)
          signal.removeEventListener('abort', end)
          resolve()
        }
        const timer = setTimeout(end, timeoutMs)
        waiting.add(end)
        signal.addEventListener('abort', end)
      })
    },
  }
}
