/** Calls `work` every `intervalMs` until the returned function is called. A call that fails is only a missed one. */
export function every(intervalMs: number, work: () => Promise<void>): () => void {
  const timer = setInterval(() => {
    work().catch(() => undefined)
  }, intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}
