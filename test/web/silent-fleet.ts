import type { CheckState } from '../../src/core/checks/check.ts'
import { noLook } from '../../src/core/checks/commit-look.ts'
import type { TopicId } from '../../src/core/ids.ts'
import type { Topic } from '../../src/core/topic/topic.ts'
import type { Store } from '../../src/store/store.ts'
import { after, sampleSha, sampleTopicId } from '../store/samples.ts'
import { addTopic, check, hour, minute } from './fleet.ts'

interface Silent {
  readonly name: string
  readonly state: Topic['state']
  /** What the verdict was given for; null where none was. */
  readonly inputs: Readonly<Record<string, unknown>> | null
  readonly checks: Readonly<Record<string, CheckState>>
  readonly approvalUrl?: string
}

/** Topics of which the state alone does not tell what CI did, by a word for each, and some that look like them. */
export const silentFleet: Readonly<Record<string, Silent>> = {
  approval: {
    name: 'anchor: hold in mud',
    state: 'testing',
    inputs: { silence: null },
    checks: {},
    approvalUrl: 'https://git.example.org/pump/actions/runs/7',
  },
  'approval-of-a-job': {
    name: 'anchor: hold in sand',
    state: 'testing',
    inputs: null,
    checks: { build: 'approval-needed' },
  },
  'skip-mark': {
    name: 'buoy: paint it red',
    state: 'no-checks',
    inputs: { silence: 'skip-mark' },
    checks: {},
  },
  'no-workflow': {
    name: 'chart: mark the reef',
    state: 'no-checks',
    inputs: { silence: 'no-workflow' },
    checks: {},
  },
  cancelled: {
    name: 'davit: swing out',
    state: 'error',
    inputs: { silence: null, failures: [], cancelled: ['build'] },
    checks: { build: 'cancelled', lint: 'success' },
  },
  running: {
    name: 'engine: start',
    state: 'testing',
    inputs: { silence: 'skip-mark' },
    checks: { build: 'running', deploy: 'approval-needed' },
  },
  merged: {
    name: 'flag: hoist it',
    state: 'merged',
    inputs: { silence: 'skip-mark' },
    checks: {},
  },
  broken: {
    name: 'galley: light the stove',
    state: 'error',
    inputs: { silence: null, failures: ['build'], cancelled: ['lint'] },
    checks: { build: 'error', lint: 'cancelled' },
  },
}

export function silentTopic(word: string): TopicId {
  return sampleTopicId(`silent-${word}`)
}

export async function addSilentFleet(store: Store): Promise<void> {
  await store.transaction(async (tx) => {
    for (const [word, { name, state, inputs, checks, approvalUrl }] of Object.entries(
      silentFleet,
    )) {
      const topic = silentTopic(word)
      const head = sampleSha(`silent head ${word}`)
      const verdict = state === 'error' || state === 'no-checks' ? state : null
      const facts = { name, state, verdict, head, updatedAt: after(-60 * hour) }
      await addTopic(tx, topic, `silent-${word}`, facts, {
        application: { outcome: 'applied', head, tree: sampleSha('tree'), commits: [] },
        publishedAt: after(-61 * hour),
      })
      for (const [context, checkState] of Object.entries(checks)) {
        const [origin, summary] = ['actions-job', checkState] as const
        await tx.saveCheck(check(head, { origin, context, state: checkState, summary }), null)
      }
      if (inputs !== null) {
        await tx.addDecision({
          at: after(-60 * hour + minute),
          messageId: null,
          topic,
          version: '1',
          step: 'verdict',
          rule: state,
          inputs: { head, ...inputs },
          result: `${state} on ${head}`,
        })
      }
      if (approvalUrl !== undefined) {
        await tx.saveCommitLook({ ...noLook('pump', head), approvalUrl })
      }
    }
  })
}
