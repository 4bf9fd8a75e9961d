import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { excerptOfCheck } from '../../../src/core/checks/check-excerpt.ts'
import type { CheckAnnotation, CheckLog, CheckStep } from '../../../src/core/checks/check-log.ts'

const began = Date.UTC(2026, 10, 21, 10)

/** A line as GitHub's runner stamps it, so many seconds after the job began. */
function stamped(second: number, text: string): string {
  return `${new Date(began + second * 1000).toISOString().replace('Z', '1234Z')} ${text}`
}

function step(name: string, from: number, to: number, outcome: CheckStep['outcome']): CheckStep {
  return {
    name,
    outcome,
    startedAt: new Date(began + from * 1000),
    finishedAt: new Date(began + to * 1000),
  }
}

function log(lines: readonly string[], changes: Partial<CheckLog> = {}): CheckLog {
  return { steps: [], annotations: [], text: lines.join('\n'), isCut: false, ...changes }
}

const github = [
  `\ufeff${stamped(0, '##[group]Run actions/checkout@v4')}`,
  stamped(1, '##[endgroup]'),
  stamped(1, 'fatal: this was only a try'),
  stamped(2, '##[group]Run make check'),
  stamped(2, '##[endgroup]'),
  stamped(3, 'cc pump.c'),
  stamped(4, 'not ok 3 - the pump runs dry'),
  stamped(4, '##[error]Process completed with exit code 1.'),
  stamped(4, 'Post job cleanup.'),
  stamped(5, 'error: cleaning up failed'),
]

describe('excerptOfCheck', () => {
  it('cuts to the failing step by its times, and to where it ended', () => {
    const steps = [
      step('Checkout', 0, 1, 'success'),
      step('Test', 2, 4, 'failure'),
      step('Post', 4, 5, 'failure'),
    ]
    expect(excerptOfCheck(log(github, { steps }), 2000)).toEqual({
      step: 'Test',
      excerpt: 'Run make check\ncc pump.c\nnot ok 3 - the pump runs dry',
      shown: expect.stringContaining('cc pump.c') as string,
    })
  })

  it('finds the failing step where the forge knows no steps', () => {
    expect(excerptOfCheck(log(github), 2000)).toMatchObject({
      step: null,
      excerpt: 'Run make check\ncc pump.c\nnot ok 3 - the pump runs dry',
    })
  })

  it('finds the step that the runner of Gitea and Forgejo marks', () => {
    const forgejo = [
      '2026-11-21T10:00:00.1234567Z \u2b50 Run Main Checkout',
      '2026-11-21T10:00:01.1234567Z   \u2705  Success - Main Checkout',
      '2026-11-21T10:00:01.1234567Z \u2b50 Run Main make check',
      '2026-11-21T10:00:02.1234567Z not ok 3 - the pump runs dry',
      "2026-11-21T10:00:02.1234567Z exitcode '1': failure",
      '2026-11-21T10:00:02.1234567Z   \u274c  Failure - Main make check',
      '2026-11-21T10:00:03.1234567Z \u2b50 Run Post Checkout',
      '2026-11-21T10:00:03.1234567Z \ud83c\udfc1  Job failed',
    ]
    expect(excerptOfCheck(log(forgejo), 2000)).toMatchObject({
      step: 'make check',
      excerpt: "not ok 3 - the pump runs dry\nexitcode '1': failure",
    })
    const [startedAt, finishedAt] = [1, 2].map((n) => new Date(`2026-11-21T10:00:0${n}Z`))
    const step = { name: 'make check', outcome: 'failure' } as const
    const steps = [{ ...step, startedAt: startedAt ?? null, finishedAt: finishedAt ?? null }]
    expect(excerptOfCheck(log(forgejo, { steps }), 2000).excerpt).not.toContain('Run Main')
  })

  it('begins with annotations, and says nothing twice', () => {
    const annotations: readonly CheckAnnotation[] = [
      { level: 'failure', path: 'pump.c', line: 7, message: "'x' undeclared\nhere" },
      {
        level: 'failure',
        path: '.github',
        line: 1,
        message: 'Process completed with exit code 1.',
      },
      { level: 'warning', path: 'pump.c', line: 9, message: 'unused' },
    ]
    const { excerpt } = excerptOfCheck(
      log(['make', "pump.c:7: 'x' undeclared", 'pump.c:8: error: y'], { annotations }),
      2000,
    )
    expect(excerpt.split('\n')).toEqual([
      "pump.c:7: 'x' undeclared",
      'here',
      '[...]',
      'make',
      'pump.c:8: error: y',
    ])
  })

  it('has annotations where there is no log', () => {
    const annotations: readonly CheckAnnotation[] = [
      { level: 'failure', path: null, line: null, message: 'the machine went away' },
    ]
    expect(excerptOfCheck(log([], { annotations, text: null }), 2000)).toEqual({
      step: null,
      excerpt: 'the machine went away',
      shown: null,
    })
  })

  it('believes what the runner marks before it looks for signs itself', () => {
    const lines = [
      ...Array.from({ length: 60 }, (_, n) => `test ${n}:FAIL:as it should`),
      '::group::Error: pump',
      '::error file=pump.c::pump runs dry',
      'pump:PASS:starts',
      'pump:FAIL:stops: expected 0',
      '::endgroup::',
    ]
    const excerpt = excerptOfCheck(log(lines), 2000).excerpt.split('\n')

    expect(excerpt).toEqual([
      '[...]',
      'pump runs dry',
      'pump:PASS:starts',
      'pump:FAIL:stops: expected 0',
    ])
  })
})

const corpus = path.resolve(
  process.env['PATCHFERRY_CORPUS'] ??
    path.resolve(import.meta.dirname, '../../../../shared/corpus'),
  'actions-logs',
)

describe.skipIf(!existsSync(corpus))('excerptOfCheck (skipped where the corpus is absent)', () => {
  it.each<[string, readonly string[]]>([
    [
      'one_failure',
      [
        '#32/14 btf_dump/btf_dump: struct_data',
        "test_btf_dump_struct_data:FAIL:file_operations unexpected file_operations: actual '(struct file_operations){",
        ' test_progs-no_alu32: FAIL (returned 1)',
      ],
    ],
    [
      'two_failures',
      [
        '#53/2 cgrp_local_storage/attach_cgroup',
        'test_attach_cgroup:FAIL:map_lookup(socket_cookies) unexpected error: -2 (errno 2)',
        '          test_progs: FAIL (returned 1)',
      ],
    ],
  ])('shows of %s, 750 kB of a real job, what a person looks for', (name, wanted) => {
    const text = readFileSync(path.join(corpus, `job_log_${name}.txt`), 'utf8')
    const { excerpt } = excerptOfCheck(log([], { text }), 2000)
    const lines = excerpt.split('\n')

    expect(lines).toEqual(expect.arrayContaining([...wanted]))
    expect(lines.length).toBeLessThan(20)
    expect(excerpt).not.toMatch(/test_fail_subtest|Post job cleanup|exit code/)
  })
})
