import { type CiNote, isApprovalAwaited, noteOfVerdict } from '../../core/checks/ci-note.ts'
import type { Decision } from '../../core/decision.ts'
import type { Sha, TopicId } from '../../core/ids.ts'
import type { Topic, TopicState } from '../../core/topic/topic.ts'
import type { StoreReader } from '../../store/store.ts'

/** What stands behind a state of CI, and where a person lets it begin. */
export interface CiNoteView {
  readonly note: CiNote
  /** Null but for `approval-needed`, and where the forge names no page. */
  readonly approvalUrl: string | null
}

/** Where a head is waited for, whether a person is; else what its last verdict was given for. */
export async function loadCiNote(
  { project, state }: Pick<Topic, 'project' | 'state'>,
  head: Sha,
  decisions: () => Promise<readonly Decision[]>,
  reader: StoreReader,
): Promise<CiNoteView | null> {
  if (state !== 'testing') {
    const note = noteOfVerdict(await decisions(), head)
    return note === null ? null : { note, approvalUrl: null }
  }
  const approvalUrl = (await reader.commitLook(project, head))?.approvalUrl ?? null
  return isApprovalAwaited(await reader.checks(head), approvalUrl)
    ? { note: 'approval-needed', approvalUrl }
    : null
}

/** States that leave open what CI did. */
const vague: ReadonlySet<TopicState> = new Set(['testing', 'error', 'no-checks'])

export function isVague(state: TopicState): boolean {
  return vague.has(state)
}

/** The notes of those of a list that have one. */
export async function loadCiNotes(
  topics: readonly Topic[],
  reader: StoreReader,
): Promise<ReadonlyMap<TopicId, CiNote>> {
  const notes = new Map<TopicId, CiNote>()
  for (const one of topics) {
    const { topic, head } = one
    const found =
      head === null || !isVague(one.state)
        ? null
        : await loadCiNote(one, head, () => reader.decisions({ topic }), reader)
    if (found !== null) {
      notes.set(topic, found.note)
    }
  }
  return notes
}
