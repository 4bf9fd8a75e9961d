import { parse } from 'yaml'
import { z } from 'zod'

const filters = z
  .looseObject({
    branches: z.union([z.array(z.string()), z.string()]).optional(),
    'branches-ignore': z.union([z.array(z.string()), z.string()]).optional(),
    tags: z.unknown().optional(),
  })
  .nullable()

const triggers = z.union([z.string(), z.array(z.string()), z.record(z.string(), z.unknown())])
const workflow = z.looseObject({ on: triggers })

/** What one event must be like to start a workflow. */
export interface Trigger {
  readonly event: string
  /** Globs, `!` before what is left out again; null: any branch. Of a pull request it is the base that counts. */
  readonly branches: readonly string[] | null
  readonly ignoredBranches: readonly string[]
  /** A push of tags alone starts it. */
  readonly isForTags: boolean
}

function toList(given: string | readonly string[] | undefined): readonly string[] {
  return typeof given === 'string' ? [given] : (given ?? [])
}

function toTrigger(event: string, value: unknown): Trigger {
  const read = filters.safeParse(value ?? null)
  const given = read.success ? read.data : null
  const branches = given?.branches === undefined ? null : toList(given.branches)
  const ignoredBranches = toList(given?.['branches-ignore'])
  const isForTags = given?.tags !== undefined && branches === null && ignoredBranches.length === 0
  return { event, branches, ignoredBranches, isForTags }
}

/**
 * What starts a workflow of GitHub, Forgejo or Gitea
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#on). Null for what is no workflow.
 */
export function readTriggers(text: string): readonly Trigger[] | null {
  let tree: unknown
  try {
    tree = parse(text)
  } catch {
    return null
  }
  const read = workflow.safeParse(tree)
  if (!read.success) {
    return null
  }
  const { on } = read.data
  if (typeof on === 'string' || Array.isArray(on)) {
    return toList(on).map((event) => toTrigger(event, null))
  }
  return Object.entries(on).map(([event, value]) => toTrigger(event, value))
}
