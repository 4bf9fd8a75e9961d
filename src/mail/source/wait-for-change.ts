import { watch } from 'node:fs'

export interface ChangeWatch {
  /** The folder whose entries are watched. */
  readonly folder: string
  /** Only this entry counts; null: any. */
  readonly entry: string | null
  /** Resolve after so long in any case, because some file systems tell nothing of changes. */
  readonly pollMs: number
  /** Asked once the watch stands, so that what happened before is not missed. */
  readonly hasChanged: () => Promise<boolean>
}

/** Resolves when something may have changed, when the time is over, or on abort. Never rejects. */
export async function waitForChange(options: ChangeWatch, signal: AbortSignal): Promise<void> {
  if (signal.aborted) {
    return
  }
  await new Promise<void>((resolve) => {
    const timer = setTimeout(finish, options.pollMs)
    const stopWatching = startWatching(options, finish)
    signal.addEventListener('abort', finish, { once: true })
    function finish(): void {
      clearTimeout(timer)
      stopWatching()
      signal.removeEventListener('abort', finish)
      resolve()
    }
    // What cannot be asked now is asked by the next read, which says why.
    options.hasChanged().then(
      (hasChanged) => (hasChanged ? finish() : undefined),
      () => {},
    )
  })
}

/** Without a watch (no such folder, no inotify instances left) polling has to do. */
function startWatching({ folder, entry }: ChangeWatch, onChange: () => void): () => void {
  try {
    const watcher = watch(folder, (_event, name) => {
      if (entry === null || name === null || name === entry) {
        onChange()
      }
    })
    watcher.on('error', () => watcher.close())
    return () => watcher.close()
  } catch {
    return () => {}
  }
}
