/** What a server of one version does otherwise than another, as its sources say. */
export interface FakeVersion {
  readonly product: 'forgejo' | 'gitea'
  /** As `/api/v1/version` gives it. */
  readonly version: string
  readonly runs: boolean
  readonly jobs: boolean
  readonly rerun: boolean
  /** `head.label` of an AGit pull request is its topic; else it is empty. */
  readonly namesAgitHeads: boolean
  readonly filtersByHead: boolean
  readonly remarkRanges: boolean
  /** A job that was skipped leaves a status `skipped`; else `success`. */
  readonly skippedStatus: boolean
}

const old = {
  runs: false,
  jobs: false,
  rerun: false,
  namesAgitHeads: false,
  filtersByHead: false,
  remarkRanges: false,
  skippedStatus: false,
}

const gitea = { ...old, product: 'gitea', runs: true, jobs: true } as const

export const versions = {
  'Forgejo 11': { ...old, product: 'forgejo', version: '11.0.6+gitea-1.22.0' },
  'Forgejo 15': { ...old, product: 'forgejo', version: '15.0.3+gitea-1.22.0', runs: true },
  'Forgejo 16': {
    product: 'forgejo',
    version: '16.0.0+gitea-1.22.0',
    runs: true,
    jobs: true,
    rerun: false,
    namesAgitHeads: true,
    filtersByHead: true,
    remarkRanges: true,
    skippedStatus: true,
  },
  'Gitea 1.22': { ...old, product: 'gitea', version: '1.22.6' },
  'Gitea 1.25': { ...gitea, version: '1.25.3' },
  'Gitea 1.26': { ...gitea, version: '1.26.1', rerun: true },
} as const satisfies Readonly<Record<string, FakeVersion>>

export type VersionName = keyof typeof versions
