import { disjointSets } from '../disjoint-sets.ts'
import { groupBy } from '../group-by.ts'
import type { MessageId } from '../ids.ts'
import { type Ancestors, referredIds } from './ancestors.ts'
import { compareEvidence, traitsOf, weighEvidence } from './claim-evidence.ts'
import { divideClaims, hasOwnNumbers } from './divide-claims.ts'
import { placedTogether } from './placed-together.ts'
import { isSamePerson } from './same-person.ts'
import { type Candidate, compareCandidates, isSplit } from './series-candidate.ts'

/** The mails of one version of one series. */
export interface SeriesGroup {
  readonly cover: Candidate | null
  /** By number; none twice. */
  readonly patches: readonly Candidate[]
  /** Others claimed the same numbers, and titles or time alone told them apart. */
  readonly isContested: boolean
}

interface Unit {
  readonly members: readonly Candidate[]
  readonly isContested: boolean
}

export type AttachedTo = (candidate: Candidate) => Candidate | null

/** The mail that names a group of them: the cover, else the lowest number. */
function headOf(members: readonly Candidate[]): Candidate | undefined {
  return members.toSorted(compareCandidates)[0]
}

/** Whether a patch may go to the series of `head`: its version is equal, or stated on the cover alone. */
function hasCompatibleVersion(patch: Candidate, head: Candidate): boolean {
  const [own, other] = [patch.subject, head.subject]
  const isEqual = own.version === other.version && own.minor === other.minor
  return isEqual || (head.number === 0 && !own.statesVersion)
}

/** The nearest ancestor of the same total and a compatible version; none where that one has the same number. */
function findAttachment(
  patch: Candidate,
  candidates: ReadonlyMap<MessageId, Candidate>,
  ancestors: Ancestors,
): Candidate | null {
  if (patch.number === 0 || isSplit(patch)) {
    return null
  }
  for (const ancestor of ancestors(patch.message)) {
    const head = candidates.get(ancestor.messageId)
    if (
      head?.isNumbered === true &&
      head.total === patch.total &&
      hasCompatibleVersion(patch, head) &&
      // Somebody else's patch in answer to a cover is no part of that series only because it is alone.
      (patch.isNumbered ||
        (head.number === 0 && isSamePerson(patch.message.submitter, head.message.submitter)))
    ) {
      return head.number === patch.number ? null : head
    }
  }
  return null
}

/** Gives the cover to that group of patches which it fits best. */
function placeCover(cover: Candidate, groups: readonly (readonly Candidate[])[]): readonly Unit[] {
  const traits = traitsOf(cover, null)
  const ranked = groups
    .flatMap((group) =>
      group.map((member) => ({
        group,
        member,
        evidence: weighEvidence(traits, traitsOf(member, null)),
      })),
    )
    .toSorted(
      (a, b) => compareEvidence(a.evidence, b.evidence) || compareCandidates(a.member, b.member),
    )
  const best = ranked[0]?.group
  return groups.map((group) => ({
    members: group === best ? [cover, ...group] : group,
    isContested: false,
  }))
}

/**
 * Mails that refer to each other are one unit, divided where two of them have the same number; those that a person
 * placed together stay together.
 */
function divideAttached(
  members: readonly Candidate[],
  attachedTo: AttachedTo,
  placement: (candidate: Candidate) => Candidate,
): readonly Unit[] {
  if (hasOwnNumbers(members)) {
    return [{ members, isContested: false }]
  }
  const placed = groupBy(members, placement)
  const covers = members.filter(({ number }) => number === 0)
  // Only a person brings two covers together, or says which patches belong to one; then they are divided as patches are.
  const cover = covers.find(
    (one) => covers.length === 1 && placed.get(placement(one))?.length === 1,
  )
  const claims = [...placed.values()].filter(([one]) => one !== cover)
  const { groups, isSure } = divideClaims(claims, attachedTo)
  const units =
    cover === undefined
      ? groups.map((group) => ({ members: group, isContested: false }))
      : placeCover(cover, groups)
  return units.map((unit) => ({ ...unit, isContested: !isSure }))
}

/** What units of one series have in common, though no reference leads from one to the other; null joins nothing. */
function unitKey(unit: Unit): string | null {
  // What a person placed says nothing of the others: it may come from anybody, and from any version.
  const head = headOf(unit.members.filter(({ placedWith }) => placedWith === null))
  if (head === undefined || head.total < 2 || unit.members.some(isSplit)) {
    return null
  }
  const { version, minor } = head.subject
  return JSON.stringify([head.message.submitter.address.toLowerCase(), version, minor, head.total])
}

function isLoose({ message }: Candidate): boolean {
  return referredIds(message).length === 0
}

/** Whether all of its patches are there, so that nothing else belongs to it. */
function isWhole({ members }: Unit): boolean {
  const total = members[0]?.total ?? 0
  return members.filter(({ number }) => number > 0 && number <= total).length === total
}

/** Whether two mails without references claim one number, and what belongs to which is not known by references. */
function hasLooseRivals(units: readonly Unit[]): boolean {
  const members = units.filter((unit) => !isWhole(unit)).flatMap((unit) => unit.members)
  return !hasOwnNumbers(members.filter(isLoose))
}

/** Joins units of the same submitter, version and total: siblings, mails without references, parts of a torn thread. */
function joinUnits(units: readonly Unit[], attachedTo: AttachedTo): readonly Unit[] {
  const members = units.flatMap((unit) => unit.members)
  const wasContested = units.some(({ isContested }) => isContested)
  if (hasOwnNumbers(members)) {
    return [{ members, isContested: wasContested }]
  }
  const { groups, isSure } = divideClaims(
    units.map((unit) => unit.members),
    attachedTo,
  )
  const isContested = wasContested || !isSure || hasLooseRivals(units)
  return groups.map((group) => ({ members: group, isContested }))
}

export interface GatheredSeries {
  /** In no particular order. A cover without patches is a group too. */
  readonly groups: readonly SeriesGroup[]
  readonly attachedTo: AttachedTo
}

/**
 * Gathers the covers and patches of one thread into series. A patch goes to its nearest ancestor of the same total
 * and a compatible version, or where a person placed it; what is left joins units of the same submitter, version and
 * total; and where two mails claim one number they are divided (`divideClaims`).
 */
export function gatherSeries(
  candidates: ReadonlyMap<MessageId, Candidate>,
  ancestors: Ancestors,
): GatheredSeries {
  const attachments = new Map<Candidate, Candidate>()
  const sets = disjointSets<Candidate>()
  const placed = placedTogether(candidates)
  for (const candidate of candidates.values()) {
    const head = placed.target(candidate) ?? findAttachment(candidate, candidates, ancestors)
    if (head !== null) {
      attachments.set(candidate, head)
      sets.join(candidate, head)
    }
  }
  function attachedTo(candidate: Candidate): Candidate | null {
    return attachments.get(candidate) ?? null
  }
  const attached = [...groupBy(candidates.values(), (one) => sets.find(one)).values()]
  const byKey = groupBy(
    attached.flatMap((members) => divideAttached(members, attachedTo, placed.group)),
    unitKey,
  )
  const units = [...byKey].flatMap(([key, alike]) =>
    key === null ? alike : joinUnits(alike, attachedTo),
  )
  const groups = units.map(({ members, isContested }): SeriesGroup => {
    const sorted = members.toSorted(compareCandidates)
    return {
      cover: sorted.find(({ number }) => number === 0) ?? null,
      patches: sorted.filter(({ number }) => number !== 0),
      isContested,
    }
  })
  return { groups, attachedTo }
}
