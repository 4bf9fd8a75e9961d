/** What we read of a check run. */
export interface CheckRunData {
  readonly id: number
  readonly name: string
  readonly status: string
  readonly conclusion: string | null
  readonly html_url: string | null
  readonly details_url: string | null
  readonly started_at: string | null
  readonly completed_at: string | null
  readonly output: { readonly title: string | null; readonly annotations_count: number }
  readonly check_suite: { readonly id: number } | null
  readonly app: { readonly slug?: string } | null
}

/** What we read of a run of a workflow: the jobs of one attempt are the check runs of its suite. */
export interface WorkflowRunData {
  readonly id: number
  readonly name?: string | null
  readonly workflow_id: number
  readonly check_suite_id?: number
  readonly event: string
  readonly status: string | null
  readonly conclusion: string | null
  readonly run_attempt?: number
  readonly html_url: string
  readonly run_started_at?: string
  readonly updated_at: string
}

export interface StatusData {
  readonly context: string
  readonly state: string
  readonly description: string | null
  readonly target_url: string | null
  readonly created_at: string
  readonly updated_at: string
}
