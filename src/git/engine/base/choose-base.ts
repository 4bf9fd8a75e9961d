import type { BaseChoice, BaseRule, BaseRung } from '../../../core/apply/base-choice.ts'
import type { BaseRequest } from '../../git-engine.ts'
import { resolveCommits } from '../refs.ts'
import type { Repository } from '../repository.ts'
import type { Tip } from './blob-index.ts'
import type { LadderInput, RungResult } from './rung.ts'
import { tryBlobIndex, tryDefault, tryGreen, tryTrial } from './searched-rungs.ts'
import { tryBaseCommit, tryDependencies, tryGiven, tryPrefix } from './stated-rungs.ts'

type Rung = readonly [rule: BaseRule, run: (input: LadderInput) => Promise<RungResult>]

const ladder: readonly Rung[] = [
  ['base-commit', tryBaseCommit],
  ['prerequisite', async (input) => tryDependencies(input, 'prerequisite')],
  ['depends-on', async (input) => tryDependencies(input, 'depends-on')],
  ['prefix', tryPrefix],
  ['blob-index', tryBlobIndex],
  ['trial', tryTrial],
  ['green', tryGreen],
  ['default', tryDefault],
]

/** Climbs the ladder as `GitEngine.chooseBase` says: the first rung that has a commit is taken. */
export async function chooseBase(
  repository: Repository,
  request: BaseRequest,
  signal: AbortSignal | undefined,
): Promise<BaseChoice> {
  const commits = await resolveCommits(repository, request.branches)
  const tips: Tip[] = request.branches.flatMap((branch, index) => {
    const commit = commits[index] ?? null
    return commit === null ? [] : [{ branch, commit }]
  })
  const input = { repository, request, tips, signal }
  const rungs: BaseRung[] = []
  for (const [rule, run] of rungsFor(request)) {
    const { finding, found } = await run(input)
    rungs.push({ rule, taken: found !== null, finding })
    if (found !== null) {
      return { outcome: 'chosen', ...found, rule, rungs }
    }
  }
  return { outcome: 'base-missing', rungs }
}

function rungsFor(request: BaseRequest): readonly Rung[] {
  if (request.given !== null) {
    return [['given', tryGiven]]
  }
  return request.isGreen === undefined ? ladder.filter(([rule]) => rule !== 'green') : ladder
}
