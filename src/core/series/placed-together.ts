import { disjointSets } from '../disjoint-sets.ts'
import type { MessageId } from '../ids.ts'
import { type Candidate, isSplit } from './series-candidate.ts'

export interface PlacedTogether {
  /** The mail that a person placed this one with; null where nobody did, or where its number is taken there. */
  readonly target: (candidate: Candidate) => Candidate | null
  /** Stands for all mails that people placed together with this one. */
  readonly group: (candidate: Candidate) => Candidate
}

/** Which mails of a thread people put into one series. Two that have the same number are never there together. */
export function placedTogether(candidates: ReadonlyMap<MessageId, Candidate>): PlacedTogether {
  const sets = disjointSets<Candidate>()
  const targets = new Map<Candidate, Candidate>()
  const numbers = new Map<Candidate, ReadonlySet<number>>()
  function numbersOf(group: Candidate): ReadonlySet<number> {
    return numbers.get(group) ?? new Set([group.number])
  }
  for (const candidate of candidates.values()) {
    const target = candidate.placedWith === null ? undefined : candidates.get(candidate.placedWith)
    if (target === undefined || isSplit(candidate)) {
      continue
    }
    const [own, other] = [sets.find(candidate), sets.find(target)]
    const [ownNumbers, otherNumbers] = [numbersOf(own), numbersOf(other)]
    if (own === other || [...ownNumbers].some((number) => otherNumbers.has(number))) {
      continue
    }
    sets.join(candidate, target)
    numbers.set(sets.find(target), new Set([...ownNumbers, ...otherNumbers]))
    targets.set(candidate, target)
  }
  return {
    target: (candidate) => targets.get(candidate) ?? null,
    group: (candidate) => sets.find(candidate),
  }
}
