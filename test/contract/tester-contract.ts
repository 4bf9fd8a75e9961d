import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Tester, TestRequest, TestResult } from '../../src/tester/tester.ts'
import { processesWith, uniqueSleep } from '../support/processes.ts'

export interface TesterUnderTest {
  readonly tester: Tester
  /** Most bytes of output it keeps. */
  readonly outputBytes: number
  /** Variables that the isolation itself adds. */
  readonly addedVariables: readonly string[]
  /** Where it cannot keep the order of both outputs: only that of each. */
  readonly keepsOrder: boolean
}

const never = new AbortController().signal

/** What every Tester does, however it keeps tests apart. Tests are `sh` scripts. */
export function describeTesterContract(
  name: string,
  open: () => TesterUnderTest,
  skip: string | null = null,
): void {
  describe.skipIf(skip !== null)(`${name} as a Tester${skip === null ? '' : ` (${skip})`}`, () => {
    let parent: string
    let directory: string

    beforeEach(async () => {
      parent = await mkdtemp(path.join(tmpdir(), 'patchferry-tester-'))
      directory = path.join(parent, 'checkout')
      await mkdir(directory)
    })

    afterEach(async () => {
      await rm(parent, { recursive: true, force: true })
    })

    function run(
      argv: readonly string[],
      given: Partial<TestRequest> = {},
      signal = never,
    ): Promise<TestResult> {
      const request = { directory, argv, environment: {}, timeoutMs: 60_000, ...given }
      return open().tester.run(request, signal)
    }

    function sh(
      script: string,
      given: Partial<TestRequest> = {},
      signal = never,
    ): Promise<TestResult> {
      return run(['sh', '-c', script], given, signal)
    }

    async function expectGone(text: string): Promise<void> {
      await vi.waitFor(() => expect(processesWith(text)).toEqual([]), 5000)
    }

    it('passes a command that exits with 0, and keeps both outputs in order', async () => {
      const both = ['out 1', 'err 1', 'out 2', 'err 2', 'out 3', 'err 3']

      const result = await sh('for n in 1 2 3; do echo out $n; echo err $n >&2; done')

      const lines = result.outcome === 'passed' ? result.output.trimEnd().split('\n') : []
      expect(open().keepsOrder ? lines : lines.sort()).toEqual(
        open().keepsOrder ? both : both.sort(),
      )
    })

    it.each([1, 3, 125, 126, 127, 255])('fails a command that exits with %d', async (exitCode) => {
      expect(await sh(`echo no; exit ${exitCode}`)).toEqual({
        outcome: 'failed',
        exitCode,
        output: 'no\n',
        durationMs: expect.any(Number),
      })
    })

    it('fails a command that a signal ends', async () => {
      const result = await sh('kill -SEGV $$')

      expect(result.outcome).toBe('failed')
      expect([null, 139]).toContain(result.outcome === 'failed' ? result.exitCode : 0)
    })

    it('runs in the checkout, which it may change', async () => {
      await writeFile(path.join(directory, 'input'), 'from the series')

      const result = await sh('cat input && echo built > result')

      expect(result).toMatchObject({ outcome: 'passed', output: 'from the series' })
      expect(await readFile(path.join(directory, 'result'), 'utf8')).toBe('built\n')
    })

    it('runs a program of the checkout', async () => {
      const program = path.join(directory, 'run-tests')
      await writeFile(program, '#!/bin/sh\necho "$@"\n')
      await chmod(program, 0o755)

      expect(await run(['./run-tests', 'a b'])).toMatchObject({
        outcome: 'passed',
        output: 'a b\n',
      })
    })

    it('uses no shell: arguments arrive as they are', async () => {
      const words = ['$HOME', '`id`', ';', '*', '', "it's", '"q"', '-x', 'ünï\n']

      const result = await run(['printf', '<%s>', ...words])

      expect(result).toMatchObject({ output: words.map((word) => `<${word}>`).join('') })
    })

    it('gives no more environment than it says', async () => {
      vi.stubEnv('PATCHFERRY_TEST_SECRET', 'do-not-pass-on')

      const result = await run(['env'], { environment: { PATCHFERRY_HEAD: 'abc' } })

      const output = result.outcome === 'passed' ? result.output : ''
      const names = output.split('\n').flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? [])
      const { addedVariables } = open()
      expect(names.filter((variable) => !addedVariables.includes(variable)).sort()).toEqual([
        'CI',
        'HOME',
        'LANG',
        'PATCHFERRY_HEAD',
        'PATCHFERRY_RUN',
        'PATH',
        'TMPDIR',
      ])
      expect(output).toContain('CI=true\n')
      expect(output).toContain('PATCHFERRY_HEAD=abc\n')
      expect(output).not.toContain('do-not-pass-on')
    })

    it('gives every run a home and a place for temporary files of its own', async () => {
      const script =
        'ls -A "$HOME" "$TMPDIR"; echo x > "$HOME/x"; echo x > "$TMPDIR/y"; echo "$HOME"'

      const first = await sh(script)
      const second = await sh(script)

      const outputs = [first, second].map((result) =>
        result.outcome === 'passed' ? result.output.trim().split('\n') : [],
      )
      expect(outputs[0]).not.toContain('x')
      expect(outputs[1]).not.toContain('x')
      expect(outputs[1]).not.toContain('y')
      expect(outputs[0]?.at(-1)).not.toBe(homedir())
    })

    it('gives no input', async () => {
      expect(await sh('cat; echo end')).toMatchObject({ outcome: 'passed', output: 'end\n' })
    })

    it('lets a script open its outputs by name', async () => {
      const result = await sh(
        'echo a > /dev/stderr; echo b > /dev/stdout; echo c | tee /dev/stderr',
      )

      const lines = result.outcome === 'passed' ? result.output.trimEnd().split('\n') : []
      expect(open().keepsOrder ? lines : lines.sort()).toEqual(['a', 'b', 'c', 'c'])
    })

    it('stops everything at the timeout, after asking politely', async () => {
      const sleep = uniqueSleep()

      const result = await sh(
        `trap 'echo stopping; exit 0' TERM; sleep ${sleep} & setsid sleep ${sleep} & echo begun; wait`,
        { timeoutMs: 1000 },
      )

      expect(result).toMatchObject({ outcome: 'timed-out', output: 'begun\nstopping\n' })
      expect(result.outcome === 'timed-out' && result.durationMs).toBeGreaterThanOrEqual(999)
      await expectGone(sleep)
    })

    it('kills what does not listen', async () => {
      const sleep = uniqueSleep()

      const result = await sh(`trap '' TERM; while :; do sleep ${sleep}; done`, { timeoutMs: 300 })

      expect(result.outcome).toBe('timed-out')
      await expectGone(sleep)
    })

    it('leaves nothing running behind a test that has ended', async () => {
      const sleep = uniqueSleep()

      const result = await sh(`setsid sleep ${sleep} & sleep ${sleep} & echo done`)

      expect(result).toMatchObject({ outcome: 'passed', output: 'done\n' })
      await expectGone(sleep)
    })

    it('kills the test and rejects with the reason when it is aborted', async () => {
      const sleep = uniqueSleep()
      const controller = new AbortController()
      const running = sh(`sleep ${sleep} & wait`, {}, controller.signal)
      await vi.waitFor(() => expect(processesWith(sleep)).not.toEqual([]), 5000)

      controller.abort(new Error('drained'))

      await expect(running).rejects.toThrow('drained')
      await expectGone(sleep)
    })

    it('begins nothing when it is aborted already', async () => {
      await expect(sh('echo > ran', {}, AbortSignal.abort(new Error('no')))).rejects.toThrow('no')
      expect(await readdir(directory)).toEqual([])
    })

    it.each([
      ['is nowhere', ['no-such-program'], /`no-such-program`.*does not exist/],
      ['is not in the checkout', ['./no-such-program'], /does not exist/],
      ['may not be executed', ['./plain'], /may not be executed/],
      ['has an interpreter that is nowhere', ['./orphan'], /interpreter in its first line/],
      ['is a folder', ['./'], /may not be executed/],
    ])('says that a command could not be started that %s', async (_what, argv, reason) => {
      await writeFile(path.join(directory, 'plain'), 'echo\n')
      await writeFile(path.join(directory, 'orphan'), '#!/no/such/interpreter\n')
      await chmod(path.join(directory, 'orphan'), 0o755)

      expect(await run(argv)).toEqual({
        outcome: 'not-started',
        reason: expect.stringMatching(reason),
      })
    })

    it('says that there is no checkout', async () => {
      const result = await sh('true', { directory: path.join(parent, 'nowhere') })

      expect(result).toMatchObject({
        outcome: 'not-started',
        reason: expect.stringContaining('no checkout'),
      })
    })

    it('keeps the first and the last of a long output', async () => {
      const { outputBytes } = open()

      const result = await sh('echo first; head -c 3000000 /dev/zero | tr "\\0" x; echo; echo last')

      const output = result.outcome === 'passed' ? result.output : ''
      expect(output).toMatch(/^first\nx+\n\[\d+ bytes cut here\]\nx+\nlast\n$/)
      expect(output.length).toBeLessThan(outputBytes + 100)
    })

    it('makes text of any output', async () => {
      const result = await sh("printf 'a\\377b\\000c\\303\\274'")

      expect(result).toMatchObject({ outcome: 'passed', output: 'a\uFFFDb\uFFFDcü' })
    })

    it('removes its own files, whatever the test did to them, and not the checkout', async () => {
      await sh(
        'mkdir -p "$HOME/a/b" && echo > "$HOME/a/b/c" && chmod -R a-w "$HOME"; echo > result',
      )

      expect(await readdir(parent)).toEqual(['checkout'])
      expect(await readdir(directory)).toEqual(['result'])
    })

    it('runs several tests at once', async () => {
      const others = [1, 2, 3].map((n) => path.join(parent, `checkout-${n}`))
      await Promise.all(others.map((other) => mkdir(other)))

      const results = await Promise.all(
        others.map((other, index) => sh(`echo ${index}; sleep 0.2`, { directory: other })),
      )

      expect(results.map((result) => result.outcome === 'passed' && result.output)).toEqual([
        '0\n',
        '1\n',
        '2\n',
      ])
    })
  })
}
