import path from 'node:path'

/** What lies where in the state folder. */
export interface StateLayout {
  readonly store: string
  readonly workerLock: string
  readonly archive: string
  readonly journal: string
  readonly checkouts: string
  /** There while `patchferry restore` is not finished. */
  readonly restoring: string
  /** What the addresses that bounces go to are made with. */
  readonly returnPathKey: string
  /** The objects of upstreams, which the repositories of their projects share. */
  readonly upstreams: string
  repository(project: string): string
  /** What a source keeps for itself. */
  source(name: string): string
}

export function stateLayout(stateDirectory: string): StateLayout {
  function at(...parts: readonly string[]): string {
    return path.join(stateDirectory, ...parts)
  }
  return {
    store: at('store.sqlite'),
    workerLock: at('worker.lock'),
    archive: at('archive'),
    journal: at('journal.git'),
    checkouts: at('checkouts'),
    restoring: at('restoring'),
    returnPathKey: at('return-path.key'),
    upstreams: at('upstreams'),
    source: (name) => at('sources', encodeURIComponent(name)),
    repository: (project) => at('repositories', `${encodeURIComponent(project)}.git`),
  }
}
