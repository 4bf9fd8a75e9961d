import { beforeEach, describe, expect, it } from 'vitest'
import { makeDashboard, visit } from './dashboard.ts'
import { addSilentFleet, silentFleet, silentTopic } from './silent-fleet.ts'

let visitor: ReturnType<typeof visit>
beforeEach(async () => {
  const dashboard = await makeDashboard()
  await addSilentFleet(dashboard.store)
  visitor = visit(dashboard)
})

/** The words of each badge on a page. */
function badgesOf(page: string): readonly string[] {
  return [...page.matchAll(/<span class="badge \w+">.*?<span>(?<label>.*?)<\/span><\/span>/gs)].map(
    ({ groups }) => groups?.['label'] ?? '',
  )
}

const labels: readonly (readonly [word: string, label: string])[] = [
  ['approval', 'Approval needed'],
  ['approval-of-a-job', 'Approval needed'],
  ['skip-mark', 'Skipped by mark'],
  ['no-workflow', 'No workflow'],
  ['cancelled', 'Cancelled'],
  ['running', 'Testing'],
  ['merged', 'Merged'],
  ['broken', 'Test error'],
]

describe('what CI did not tell', () => {
  it('is said in the list, topic by topic', async () => {
    const rows = (await visitor.page('/')).split('<tr role="row">')
    const seen = labels.map(([word]) => {
      const row = rows.find((one) => one.includes(silentFleet[word]?.name ?? '?')) ?? ''
      return [word, ...badgesOf(row)]
    })
    expect(seen).toEqual(labels)
  })

  it.each(labels)('is said at the head of the page of %s: %s', async (word, label) => {
    expect(badgesOf(await visitor.page(`/topics/${silentTopic(word)}`))[0]).toBe(label)
  })

  it.each([
    [
      'skip-mark',
      'No check has reported on this head. The reason: the commit message tells CI not to run.',
    ],
    ['no-workflow', 'The reason: the project has no CI that would run.'],
    ['cancelled', 'Nothing failed, but some checks were cancelled'],
  ])('is explained beside the checks of %s', async (word, words) => {
    expect(await visitor.page(`/topics/${silentTopic(word)}`)).toContain(words)
  })

  it('leads to where a person lets CI begin', async () => {
    const page = await visitor.page(`/topics/${silentTopic('approval')}`)
    expect(page).toContain('CI of v1 waits for a person')
    expect(page).toContain('href="https://git.example.org/pump/actions/runs/7"')
    expect(await visitor.page(`/topics/${silentTopic('running')}`)).not.toContain(
      'waits for a person',
    )
  })
})
