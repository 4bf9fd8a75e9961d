import { type Sha, toSha } from '../ids.ts'

/** What became of one patch between two versions of a series. */
export interface PatchPair {
  /** Its place in the older version, from 1 up; null where that has none like it. */
  readonly before: number | null
  readonly beforeSha: Sha | null
  readonly after: number | null
  readonly afterSha: Sha | null
  /** The same, changed, left out, new: as `git range-diff` writes it. */
  readonly status: '=' | '!' | '<' | '>'
  /** Of the newer one where there are both. */
  readonly subject: string
}

const pairLine =
  /^ *(?<before>\d+|-): +(?<beforeSha>[0-9a-f]{40}|-+) (?<status>[=!<>]) +(?<after>\d+|-): +(?<afterSha>[0-9a-f]{40}|-+)(?: (?<subject>.*))?$/

/** Reads what `git range-diff --no-patch` prints with whole object names; its lines, in its order. */
export function readPatchPairs(output: string): readonly PatchPair[] {
  return output.split('\n').flatMap((line): readonly PatchPair[] => {
    const found = pairLine.exec(line)?.groups
    const status = found?.['status']
    if (found === undefined || !isStatus(status)) {
      return []
    }
    const { before = '-', beforeSha = '-', after = '-', afterSha = '-', subject = '' } = found
    return [
      {
        before: before === '-' ? null : Number(before),
        beforeSha: before === '-' ? null : toSha(beforeSha),
        after: after === '-' ? null : Number(after),
        afterSha: after === '-' ? null : toSha(afterSha),
        status,
        subject,
      },
    ]
  })
}

function isStatus(text: string | undefined): text is PatchPair['status'] {
  return text === '=' || text === '!' || text === '<' || text === '>'
}
