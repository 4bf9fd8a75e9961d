import type { MessageId, TopicId } from './ids.ts'

/** Where in the way of a mail a decision was made. */
export type DecisionStep =
  | 'archive'
  | 'parse'
  | 'assemble'
  | 'link'
  | 'route'
  | 'base'
  | 'apply'
  | 'trust'
  | 'publish'
  | 'test'
  | 'verdict'
  | 'report'
  | 'send'
  | 'person'

/** One line of `patchferry explain`: what was decided, by which rule, from what. */
export interface Decision {
  readonly at: Date
  readonly messageId: MessageId | null
  readonly topic: TopicId | null
  /** `2` or `5.1`. */
  readonly version: string | null
  readonly step: DecisionStep
  /** Kebab-case name of the rule. */
  readonly rule: string
  readonly inputs: Readonly<Record<string, unknown>>
  readonly result: string
}
