import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const folder = path.resolve(import.meta.dirname, '../../templates/workflows')
const names = readdirSync(folder)

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions?: unknown
  readonly jobs: Readonly<
    Record<
      string,
      { readonly if: string; readonly permissions?: unknown; readonly steps: readonly Step[] }
    >
  >
}

function read(name: string): { readonly text: string; readonly workflow: Workflow } {
  const text = readFileSync(path.join(folder, name), 'utf8')
  return { text, workflow: parse(text) as Workflow }
}

describe('the workflows to start from', () => {
  it('are there for GitHub and Forgejo', () => {
    expect(names.toSorted()).toEqual(['forgejo-overlay.yml', 'forgejo.yml', 'github.yml'])
  })

  it.each(names)('%s runs for pull requests of series alone', (name) => {
    const { workflow } = read(name)
    const event = name === 'forgejo-overlay.yml' ? 'pull_request_target' : 'pull_request'
    expect(Object.keys(workflow.on)).toEqual([event])
    expect(Object.values(workflow.jobs).map((job) => job.if)).toEqual([
      "contains(github.head_ref, 'series/')",
    ])
  })

  it.each(names)('%s hands no secret and no token to what it runs', (name) => {
    const { text, workflow } = read(name)
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps)
    expect(text).not.toMatch(/secrets[.:[]|GITHUB_TOKEN|github\.token/)
    expect(steps.filter(({ uses }) => uses !== undefined).map((step) => step.with)).toEqual([
      {
        ref: '${{ github.event.pull_request.head.sha }}',
        'persist-credentials': false,
      },
    ])
    expect(steps.flatMap(({ run = '' }) => run.match(/\$\{\{/g) ?? [])).toEqual([])
  })

  it('github.yml lets the token read and nothing else', () => {
    const { workflow } = read('github.yml')
    expect(workflow.permissions).toEqual({ contents: 'read' })
    expect(Object.values(workflow.jobs).map((job) => job.permissions)).toEqual([undefined])
  })
})
