import { describe, expect, it } from 'vitest'
import { type CiFound, judgeWorkflows } from '../../../src/app/doctor/ci.ts'
import type { RefName } from '../../../src/core/ids.ts'
import type { Placement } from '../../../src/core/pull-request/pull-request.ts'

function judge(text: string, placement: Placement = 'fork'): CiFound {
  return judgeWorkflows(new Map([['ci.yml', text]]), 'refs/heads/main' as RefName, placement)
}

describe('a workflow', () => {
  it.each<[string, Placement]>([
    ['on: pull_request', 'fork'],
    ['on: [push, pull_request]', 'agit'],
    ['on:\n  pull_request:\n', 'fork'],
    ['on:\n  pull_request:\n    branches: [main, "release/**"]\n', 'fork'],
    ['on: { pull_request: { branches-ignore: [next] } }', 'fork'],
    ['on: push', 'same-repo'],
    ['on: { push: { branches: ["series/**"] } }', 'secretless-mirror'],
    ['on: { push: { branches: ["**", "!next"] } }', 'same-repo'],
  ])('with `%s` runs for a series in %s', (text, placement) => {
    expect(judge(text, placement)).toEqual({ running: ['ci.yml'], idle: [], dangerous: [] })
  })

  it.each<[string, Placement, RegExp]>([
    ['on: push', 'fork', /`push` alone.*placement fork/],
    ['on: { push: { branches: [main] } }', 'same-repo', /leaves out `series\/\*\*`/],
    ['on: { push: { tags: ["v*"] } }', 'same-repo', /leaves out/],
    ['on: { pull_request: { branches: [next] } }', 'fork', /leaves out main/],
    ['on: { pull_request: { branches-ignore: [main] } }', 'fork', /leaves out main/],
    ['on: workflow_dispatch', 'fork', /no trigger `pull_request`/],
    ['jobs: {}', 'fork', /cannot be read/],
    ['on: [', 'fork', /cannot be read/],
    ['just text', 'fork', /cannot be read/],
  ])('with `%s` does not in %s', (text, placement, why) => {
    const { running, idle } = judge(text, placement)
    expect(running).toEqual([])
    expect(idle[0]?.why).toMatch(why)
  })

  it.each(['pull_request_target', 'workflow_run', 'issue_comment'])(
    'with `on: %s` is dangerous, whatever else starts it',
    (event) => {
      expect(judge(`on: [pull_request, ${event}]`)).toMatchObject({
        running: ['ci.yml'],
        dangerous: ['ci.yml'],
      })
    },
  )

  it('of the event that a base gives to CI runs, where an operator said that there are no secrets', () => {
    const files = new Map([
      ['a.yml', 'on: pull_request_target'],
      ['b.yml', 'on: [pull_request_target, issue_comment]'],
      ['c.yml', 'on: { pull_request_target: { branches: [next] } }'],
    ])
    const main = 'refs/heads/main' as RefName
    expect(judgeWorkflows(files, main, 'agit', true)).toEqual({
      running: ['a.yml', 'b.yml'],
      idle: [{ path: 'c.yml', why: expect.stringContaining('leaves out main') }],
      dangerous: ['b.yml'],
    })
  })
})
