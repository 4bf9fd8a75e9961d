import { type Sha, toSha } from '../../../core/ids.ts'
import { gitText } from '../../cli/run-git.ts'
import { applySeries } from '../apply/apply-series.ts'
import { type MailPatch, readMailPatches } from '../apply/mail-patch.ts'
import { isPlainPath } from '../diff-files.ts'
import type { Repository } from '../repository.ts'
import { type BlobMatch, findByBlobs } from './blob-index.ts'
import { type PreImage, preImageOf } from './pre-image.ts'
import type { LadderInput, RungResult } from './rung.ts'
import { found, missed, short } from './stated-rungs.ts'

/** With a repository of many branches the first of them have to do. */
const maxTrials = 20
const maxSearched = 20

/** The newest commit whose files are those the patches were made from. */
export async function tryBlobIndex(input: LadderInput): Promise<RungResult> {
  const { repository, signal } = input
  const patches = await readPatches(input)
  const preImage = preImageOf(patches.map(({ patch }) => patch))
  const blobs = [...preImage.values()].flatMap((expectation) =>
    expectation.kind === 'blob' ? [expectation.prefix] : [],
  )
  if (blobs.length === 0 || ![...preImage.keys()].every(isPlainPath)) {
    return missed('The patches do not name the files they were made from.')
  }
  const unknown = await firstUnknown(repository, preImage, signal)
  if (unknown !== null) {
    return missed(`This repository has never seen ${unknown}.`)
  }
  const dates = patches.map(({ authoredAt }) => authoredAt)
  const tips = input.tips.slice(0, maxSearched)
  const match = await findByBlobs(repository, tips, preImage, dates, signal)
  if (match === null) {
    return missed(
      `No commit on the branches (${tips.length}) has what the patches were made from (files: ${blobs.length}).`,
    )
  }
  const place = `${short(match.commit)}, ${placeText(match)}`
  return found(
    match.commit,
    match.branch,
    blobs.length === 1
      ? `The file the patches were made from is that of ${place}.`
      : `The ${blobs.length} files the patches were made from are those of ${place}.`,
  )
}

/** The first candidate branch on whose tip all patches apply. */
export async function tryTrial(input: LadderInput): Promise<RungResult> {
  const refused: string[] = []
  for (const { branch, commit } of input.tips.slice(0, maxTrials)) {
    const refusedPatch = await tryOn(input, commit)
    if (refusedPatch === null) {
      return found(commit, branch, `It applies on ${branch}, now at ${short(commit)}.`)
    }
    refused.push(`${branch} (patch ${refusedPatch})`)
  }
  return missed(
    refused.length === 0
      ? 'There is no branch to try.'
      : `It does not apply on ${refused.join(', ')}.`,
  )
}

/** How far back on each branch a green commit is looked for. */
const maxGreenDepth = 50

/** The newest commit of a candidate branch whose own checks are green, where all patches apply on it. */
export async function tryGreen(input: LadderInput): Promise<RungResult> {
  const stories: string[] = []
  for (const { branch, commit } of input.tips.slice(0, maxTrials)) {
    const green = await newestGreen(input, commit)
    const refusedPatch = green === null ? null : await tryOn(input, green)
    if (green !== null && refusedPatch === null) {
      return found(
        green,
        branch,
        `It applies on ${short(green)}, the newest commit of ${branch} whose checks are green.`,
      )
    }
    stories.push(
      green === null
        ? `${branch} has none among its newest ${maxGreenDepth}`
        : `on that of ${branch}, ${short(green)}, patch ${refusedPatch} does not apply`,
    )
  }
  return missed(
    stories.length === 0
      ? 'There is no branch to look for a green commit on.'
      : `No green commit serves: ${stories.join('; ')}.`,
  )
}

async function newestGreen(input: LadderInput, tip: Sha): Promise<Sha | null> {
  const { repository, request, signal } = input
  const args = ['rev-list', '--first-parent', `--max-count=${maxGreenDepth}`, tip]
  const commits = (await gitText(args, repository.view, signal)).trim().split('\n').map(toSha)
  for (const commit of commits) {
    if (await request.isGreen?.(commit)) {
      return commit
    }
  }
  return null
}

/** The number of the first patch that does not apply on `base`; null when all do. */
async function tryOn(input: LadderInput, base: Sha): Promise<number | null> {
  const { patches, committer } = input.request
  const request = { base, patches, committer, skipMerged: false }
  const application = await applySeries(input.repository, request, 'trial', input.signal)
  return application.outcome === 'conflict' ? application.conflict.number : null
}

/** The first candidate branch. */
export async function tryDefault(input: LadderInput): Promise<RungResult> {
  const first = input.tips[0]
  return first === undefined
    ? missed('None of the candidate branches exists here.')
    : found(
        first.commit,
        first.branch,
        `The default branch is ${first.branch}, now at ${short(first.commit)}.`,
      )
}

async function readPatches(input: LadderInput): Promise<readonly MailPatch[]> {
  const { repository, request, signal } = input
  return readMailPatches(repository, request.patches, signal)
}

/** `path at blob` of the first pre-image that no object here can be; null when all could be. */
async function firstUnknown(
  repository: Repository,
  preImage: PreImage,
  signal: AbortSignal | undefined,
): Promise<string | null> {
  const named = [...preImage].flatMap(([name, expectation]) =>
    expectation.kind === 'blob' ? [{ name, prefix: expectation.prefix }] : [],
  )
  const prefixes = named.map(({ prefix }) => prefix)
  const areNothing = await repository.names.areNothing(prefixes, signal)
  const missing = named.find((_, at) => areNothing[at] === true)
  return missing === undefined
    ? null
    : `${Buffer.from(missing.name, 'latin1').toString('utf8')} at ${missing.prefix}`
}

function placeText(match: BlobMatch): string {
  return {
    tip: `the tip of ${match.branch}`,
    mainline: `the newest such commit of ${match.branch}`,
    side: `the newest such commit merged into ${match.branch}`,
  }[match.place]
}
