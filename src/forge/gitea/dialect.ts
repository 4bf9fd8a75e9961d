/** How the API of a product tells of Actions runs and their jobs; null where it does not. */
export type ActionsShape = 'forgejo' | 'gitea'

/** What one version of Forgejo or Gitea can do, as data. */
export interface GiteaDialect {
  readonly product: 'forgejo' | 'gitea'
  /** As the server writes it. */
  readonly version: string
  /** `actions/runs` is there, and in this shape. */
  readonly runs: ActionsShape | null
  /** Jobs of a run and their logs are there, and in this shape. */
  readonly jobs: ActionsShape | null
  /** A run can be run again. */
  readonly rerun: boolean
  /** Pull requests made by AGit say which topic they are of. */
  readonly namesAgitHeads: boolean
  /** Pull requests can be listed by the branch they come from. */
  readonly filtersByHead: boolean
  /** A remark of a review can be on several lines. */
  readonly hasRemarkRanges: boolean
  /** The first of them that a commit has is where its workflows are (`modules/actions/workflows.go`). */
  readonly workflowFolders: readonly string[]
  /** Older than any version that was looked at. */
  readonly isTooOld: boolean
}

type Abilities = Omit<GiteaDialect, 'product' | 'version' | 'workflowFolders'>

interface Row {
  readonly since: readonly number[]
  readonly gives: Partial<Abilities>
}

const nothing: Abilities = {
  runs: null,
  jobs: null,
  rerun: false,
  namesAgitHeads: false,
  filtersByHead: false,
  hasRemarkRanges: false,
  isTooOld: false,
}

/**
 * What each version brought, oldest first: a version has what all rows up to its own give. Read from the sources of Forgejo
 * 10 to 16 (`routers/api/v1`, `services/convert`) and from Gitea's pull requests 33964 (runs and jobs) and 36768 (rerun).
 */
const rows: Readonly<Record<GiteaDialect['product'], readonly Row[]>> = {
  forgejo: [
    { since: [0], gives: { isTooOld: true } },
    { since: [11], gives: { isTooOld: false } },
    { since: [12], gives: { runs: 'forgejo' } },
    {
      since: [16],
      gives: { jobs: 'forgejo', namesAgitHeads: true, filtersByHead: true, hasRemarkRanges: true },
    },
  ],
  gitea: [
    { since: [0], gives: { isTooOld: true } },
    { since: [1, 22], gives: { isTooOld: false } },
    { since: [1, 25], gives: { runs: 'gitea', jobs: 'gitea' } },
    { since: [1, 26], gives: { rerun: true } },
  ],
}

const workflowFolders: Readonly<Record<GiteaDialect['product'], readonly string[]>> = {
  forgejo: ['.forgejo/workflows', '.gitea/workflows', '.github/workflows'],
  gitea: ['.gitea/workflows', '.github/workflows'],
}

function isAtLeast(version: readonly number[], since: readonly number[]): boolean {
  for (const [index, wanted] of since.entries()) {
    const there = version[index] ?? 0
    if (there !== wanted) {
      return there > wanted
    }
  }
  return true
}

/**
 * `version` as `/api/v1/version` gives it: `1.25.3`, or Forgejo's `16.0.0+gitea-1.22.0`, whose part after the plus never
 * moves and says nothing. `isForgejo`: `/api/forgejo/v1/version` is there as well. A version that cannot be read
 * is taken for the oldest.
 */
export function dialectOf(version: string, isForgejo: boolean): GiteaDialect {
  const product = isForgejo || version.includes('+gitea-') ? 'forgejo' : 'gitea'
  const numbers = (/^v?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? '0').split('.').map(Number)
  const known = rows[product].filter(({ since }) => isAtLeast(numbers, since))
  const found = known.reduce((all, { gives }) => ({ ...all, ...gives }), nothing)
  return { ...found, product, version, workflowFolders: workflowFolders[product] }
}
