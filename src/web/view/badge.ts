import type { CheckState } from '../../core/checks/check.ts'
import type { CiNote } from '../../core/checks/ci-note.ts'
import type { OutboxState } from '../../core/records.ts'
import type { TopicState } from '../../core/topic/topic.ts'
import type { Condition } from '../../core/watch/condition.ts'
import { type Html, html } from './html.ts'
import { type IconName, icon } from './icon.ts'

type Tone = 'good' | 'bad' | 'wait' | 'busy' | 'calm' | 'done'
type Badge = readonly [tone: Tone, icon: IconName, label: string]

const topicStates: Readonly<Record<TopicState, Badge>> = {
  incomplete: ['calm', 'dots', 'Incomplete'],
  waiting: ['calm', 'clock', 'Waiting'],
  silent: ['calm', 'mute', 'Silent'],
  held: ['wait', 'pause', 'Held'],
  conflict: ['bad', 'unequal', 'Conflict'],
  'base-missing': ['bad', 'bang', 'No base'],
  empty: ['done', 'merge', 'Already in base'],
  testing: ['busy', 'running', 'Testing'],
  success: ['good', 'check', 'Passed'],
  failure: ['bad', 'cross', 'Failed'],
  error: ['bad', 'bang', 'Test error'],
  'no-checks': ['calm', 'dash', 'No checks'],
  problem: ['wait', 'bang', 'Problem'],
  merged: ['done', 'merge', 'Merged'],
  withdrawn: ['calm', 'mute', 'Withdrawn'],
  moved: ['calm', 'dash', 'Moved'],
}

/** In place of a state that leaves open what CI did. */
const ciNotes: Readonly<Record<CiNote, Badge>> = {
  'approval-needed': ['wait', 'clock', 'Approval needed'],
  'skip-mark': ['calm', 'dash', 'Skipped by mark'],
  'no-workflow': ['calm', 'dash', 'No workflow'],
  'all-skipped': ['calm', 'dash', 'All skipped'],
  'base-conflict': ['wait', 'unequal', 'Conflicts with base'],
  'no-result': ['bad', 'bang', 'No result'],
  cancelled: ['wait', 'mute', 'Cancelled'],
}

const checkStates: Readonly<Record<CheckState, Badge>> = {
  pending: ['calm', 'clock', 'Pending'],
  running: ['busy', 'running', 'Running'],
  'approval-needed': ['wait', 'clock', 'Waits for approval'],
  success: ['good', 'check', 'Passed'],
  failure: ['bad', 'cross', 'Failed'],
  error: ['bad', 'bang', 'Error'],
  cancelled: ['wait', 'mute', 'Cancelled'],
  skipped: ['calm', 'dash', 'Skipped'],
}

const outboxStates: Readonly<Record<OutboxState, Badge>> = {
  pending: ['calm', 'clock', 'Pending'],
  sending: ['busy', 'running', 'Sending'],
  'handed-over': ['good', 'sent', 'Sent'],
  seen: ['good', 'check', 'On the list'],
  held: ['wait', 'pause', 'Held'],
  unknown: ['wait', 'bang', 'Unknown'],
  failed: ['bad', 'cross', 'Failed'],
  dropped: ['calm', 'mute', 'Dropped'],
}

const conditionStates: Readonly<Record<Condition['state'], Badge>> = {
  good: ['good', 'check', 'Well'],
  bad: ['bad', 'bang', 'Look at this'],
}

function badge([tone, shape, label]: Badge): Html {
  return html`<span class="badge ${tone}">${icon(shape)}<span>${label}</span></span>`
}

export function topicBadge(state: TopicState, note: CiNote | null = null): Html {
  return badge(note === null ? topicStates[state] : ciNotes[note])
}

/** The words of the badge. */
export function topicStateLabel(state: TopicState): string {
  return topicStates[state][2]
}

export function checkBadge(state: CheckState): Html {
  return badge(checkStates[state])
}

export function outboxBadge(state: OutboxState): Html {
  return badge(outboxStates[state])
}

export function conditionBadge(state: Condition['state']): Html {
  return badge(conditionStates[state])
}

/** How one patch reached the tree, or another short fact. */
export function factBadge(tone: Tone, shape: IconName, label: string): Html {
  return badge([tone, shape, label])
}
