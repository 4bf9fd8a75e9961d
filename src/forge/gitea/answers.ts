import { z } from 'zod'

/** Of what the servers answer, the few fields that are read. All else is passed over. */

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

const time = z.string().transform((value, context) => {
  const date = new Date(value)
  if (Number.isNaN(date.getTime())) {
    context.addIssue('no time')
    return z.NEVER
  }
  return date
})

/** Go writes the year 1 for a time that is not known. */
const maybeTime = z
  .string()
  .nullish()
  .transform((value) => {
    const date = new Date(value ?? '')
    return Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1971 ? null : date
  })

export const versionAnswer = z.object({ version: z.string() })

export const userAnswer = z.object({ id: z.number(), login: z.string() })
export type UserAnswer = z.infer<typeof userAnswer>

/** Of an account that is gone. */
const ghost: UserAnswer = { id: -1, login: 'Ghost' }
const author = userAnswer.nullish().transform((user) => user ?? ghost)

export const labelAnswer = z.object({ id: z.number(), name: z.string() })

export const repositoryAnswer = z.object({
  full_name: z.string(),
  empty: z.boolean().nullish(),
  archived: z.boolean().nullish(),
  fork: z.boolean().nullish(),
  has_pull_requests: z.boolean().nullish(),
  has_actions: z.boolean().nullish(),
  parent: z.object({ full_name: z.string() }).nullish(),
  permissions: z.object({ admin: z.boolean(), push: z.boolean(), pull: z.boolean() }).nullish(),
})
export type RepositoryAnswer = z.infer<typeof repositoryAnswer>

const branch = z.object({
  label: text,
  ref: text,
  sha: text,
  repo: z.object({ full_name: z.string() }).nullish(),
})

export const pullRequestAnswer = z.object({
  number: z.number(),
  html_url: z.string(),
  state: z.string(),
  merged: z.boolean().nullish(),
  title: z.string(),
  body: text,
  user: author,
  labels: z
    .array(labelAnswer)
    .nullish()
    .transform((labels) => labels ?? []),
  /** 1: made by AGit. Not told before Forgejo 8 and Gitea 1.23. */
  flow: z.number().nullish(),
  head: branch,
  base: branch,
  updated_at: time,
})
export type PullRequestAnswer = z.infer<typeof pullRequestAnswer>

export const commentAnswer = z.object({
  id: z.number(),
  html_url: text,
  user: author,
  body: text,
  created_at: time,
  updated_at: time,
})
export type CommentAnswer = z.infer<typeof commentAnswer>

export const statusAnswer = z.object({
  id: z.number(),
  context: text,
  status: z.string(),
  description: text,
  target_url: text,
  created_at: time,
  updated_at: time,
})
export type StatusAnswer = z.infer<typeof statusAnswer>

/** Everything is empty where there is no status. */
export const combinedAnswer = z.object({
  total_count: z.number().nullish(),
  statuses: z
    .array(statusAnswer)
    .nullish()
    .transform((statuses) => statuses ?? []),
})

export const runAnswer = z.object({
  id: z.number(),
  html_url: z.string(),
  status: z.string(),
  need_approval: z.boolean().nullish(),
  run_attempt: z.number().nullish(),
})
export type RunAnswer = z.infer<typeof runAnswer>

export const runsAnswer = z.object({
  total_count: z.number(),
  workflow_runs: z
    .array(runAnswer)
    .nullish()
    .transform((runs) => runs ?? []),
})

export const stepAnswer = z.object({
  name: z.string(),
  status: z.string(),
  conclusion: text,
  started_at: maybeTime,
  completed_at: maybeTime,
})
export type StepAnswer = z.infer<typeof stepAnswer>

export const jobAnswer = z.object({
  id: z.number(),
  name: z.string(),
  html_url: text,
  steps: z
    .array(stepAnswer)
    .nullish()
    .transform((steps) => steps ?? []),
})
export type JobAnswer = z.infer<typeof jobAnswer>

/** Forgejo answers with the list, Gitea with an object around it. */
export const jobsAnswer = z.union([
  z.array(jobAnswer),
  z.object({ jobs: z.array(jobAnswer).nullish() }).transform(({ jobs }) => jobs ?? []),
])

export const reviewAnswer = z.object({
  id: z.number(),
  html_url: text,
  user: author,
  state: z.string(),
  body: text,
  dismissed: z.boolean().nullish(),
  commit_id: text,
  comments_count: z.number(),
  submitted_at: time,
})
export type ReviewAnswer = z.infer<typeof reviewAnswer>

export const remarkAnswer = z.object({
  id: z.number(),
  html_url: text,
  user: author,
  body: text,
  path: z.string(),
  /** The line in the new file, 0 for a remark on the old one. */
  position: z.number(),
  /** The line in the old file, 0 for a remark on the new one. */
  original_position: z.number(),
  extra_lines_count: z.number().nullish(),
  diff_hunk: text,
  created_at: time,
  updated_at: time,
})
export type RemarkAnswer = z.infer<typeof remarkAnswer>

export const permissionAnswer = z.object({ permission: z.string() })
