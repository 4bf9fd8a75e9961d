import type { TopicState } from '../../core/topic/topic.ts'

/** States that a person looks for together. */
export type TopicGroup = 'all' | 'attention' | 'running' | 'failed' | 'passed' | 'closed'

export const groupLabels: Readonly<Record<TopicGroup, string>> = {
  all: 'All',
  attention: 'Needs a person',
  running: 'Under way',
  failed: 'Failed',
  passed: 'Passed',
  closed: 'Closed',
}

/** The states of each group; null for all of them. */
export const groupStates: Readonly<Record<TopicGroup, readonly TopicState[] | null>> = {
  all: null,
  attention: ['held', 'problem', 'error'],
  running: ['incomplete', 'waiting', 'testing'],
  failed: ['failure', 'conflict', 'base-missing'],
  passed: ['success', 'no-checks'],
  closed: ['merged', 'empty', 'withdrawn', 'silent', 'moved'],
}

/** The group of this name; all for a name that is none. */
export function toTopicGroup(name: string | undefined): TopicGroup {
  return name !== undefined && Object.hasOwn(groupLabels, name) ? (name as TopicGroup) : 'all'
}
