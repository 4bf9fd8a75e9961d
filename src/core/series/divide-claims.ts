import {
  compareEvidence,
  type Evidence,
  isStrong,
  type Traits,
  traitsOf,
  weighEvidence,
} from './claim-evidence.ts'
import { compareText } from './message-order.ts'
import type { Candidate } from './series-candidate.ts'

/** Mails of one sending lie close together: each is compared with so many that follow it in time. */
const comparedNeighbours = 64

export interface DividedClaims {
  readonly groups: readonly (readonly Candidate[])[]
  /** False where titles or time alone decided: somebody should know. */
  readonly isSure: boolean
}

/** Whether no number is there twice. */
export function hasOwnNumbers(candidates: readonly Candidate[]): boolean {
  return new Set(candidates.map(({ number }) => number)).size === candidates.length
}

interface Pair {
  readonly one: Traits
  readonly other: Traits
  readonly evidence: Evidence
}

/** Pairs of neighbours in time, those with the best evidence first. */
function rankPairs(traits: readonly Traits[]): readonly Pair[] {
  const inTime = traits.toSorted(
    (a, b) =>
      a.candidate.at - b.candidate.at ||
      compareText(a.candidate.message.messageId, b.candidate.message.messageId),
  )
  // Sorting is stable, so equal evidence leaves the order of time.
  return inTime
    .flatMap((one, at) =>
      inTime
        .slice(at + 1, at + 1 + comparedNeighbours)
        .map((other): Pair => ({ one, other, evidence: weighEvidence(one, other) })),
    )
    .toSorted((a, b) => compareEvidence(a.evidence, b.evidence))
}

interface Group {
  readonly members: Candidate[]
  readonly numbers: Set<number>
}

/** Whether the smaller group's numbers are all free in the larger one. */
function fits(smaller: Group, larger: Group): boolean {
  return smaller.members.every(({ number }) => !larger.numbers.has(number))
}

/**
 * Divides mails of which several claim one number into groups where none does, by the best evidence first. `units`
 * are mails that belong together already; the result does not depend on their order.
 */
export function divideClaims(
  units: readonly (readonly Candidate[])[],
  attachedTo: (candidate: Candidate) => Candidate | null,
): DividedClaims {
  const groups = new Map<Candidate, Group>()
  for (const unit of units) {
    const group = { members: [...unit], numbers: new Set(unit.map(({ number }) => number)) }
    for (const member of unit) {
      groups.set(member, group)
    }
  }
  let isSure = true
  const pairs = rankPairs([...groups.keys()].map((member) => traitsOf(member, attachedTo(member))))
  for (const { one, other, evidence } of pairs) {
    const a = groups.get(one.candidate)
    const b = groups.get(other.candidate)
    if (a === undefined || b === undefined || a === b) {
      continue
    }
    const [smaller, larger] = a.members.length < b.members.length ? [a, b] : [b, a]
    if (fits(smaller, larger)) {
      for (const member of smaller.members) {
        larger.members.push(member)
        larger.numbers.add(member.number)
        groups.set(member, larger)
      }
      isSure &&= isStrong(evidence)
    }
  }
  return { groups: [...new Set(groups.values())].map(({ members }) => members), isSure }
}
