import { describe, expect, it } from 'vitest'
import { logExcerpt } from '../../../src/core/checks/log-excerpt.ts'
import { cpuNow } from '../../support/cpu-now.ts'

function numbered(count: number, from = 1): readonly string[] {
  return Array.from({ length: count }, (_, index) => `line ${from + index}`)
}

/** The excerpt of these lines in the middle of a long log that tells nothing. */
function within(lines: readonly string[]): readonly string[] {
  const log = [...numbered(300), ...lines, ...numbered(300, 301)].join('\n')
  return logExcerpt(log, 1_500).split('\n')
}

const tap = ['ok 1 - starts', 'not ok 2 - runs dry', '#   expected 0, got 1', 'ok 3 - stops']

/** What is printed, and the lines of it that have to be shown. */
const programs: Readonly<Record<string, readonly [printed: string, shown: string]>> = {
  gcc: [
    "pump.c: In function 'run':\npump.c:7:3: error: 'x' undeclared\n    7 |   x = 1;\n      |   ^\ncc1: all warnings",
    "pump.c: In function 'run':\npump.c:7:3: error: 'x' undeclared\n    7 |   x = 1;\n      |   ^",
  ],
  clang: ['pump.c:7:3: fatal error: no such header', 'pump.c:7:3: fatal error: no such header'],
  ld: [
    "pump.o: in function `run':\npump.c:(.text+0x5): undefined reference to `stop'\ncollect2: error: ld returned 1 exit status",
    "pump.c:(.text+0x5): undefined reference to `stop'",
  ],
  rustc: [
    'error[E0425]: cannot find value `x`\n --> src/pump.rs:3:5\n  |\n3 |     x\n  |     ^\n\nerror: could not compile `pump`',
    'error[E0425]: cannot find value `x`\n --> src/pump.rs:3:5',
  ],
  tsc: [
    "src/pump.ts(3,5): error TS2304: Cannot find name 'x'.",
    "src/pump.ts(3,5): error TS2304: Cannot find name 'x'.",
  ],
  'tsc --pretty': [
    'src/pump.ts:3:5 - error TS2304: x\n\n3     x',
    'src/pump.ts:3:5 - error TS2304: x',
  ],
  javac: [
    'Pump.java:3: error: cannot find symbol\n    x();\n    ^',
    'Pump.java:3: error: cannot find symbol\n    x();',
  ],
  'go build': ['./pump.go:3:5: undefined: x', './pump.go:3:5: undefined: x'],
  'go test': [
    '--- FAIL: TestPump (0.00s)\n    pump_test.go:9: got 1, want 0\nFAIL\nFAIL\tpump\t0.1s',
    '--- FAIL: TestPump (0.00s)\n    pump_test.go:9: got 1, want 0',
  ],
  'go panic': [
    'panic: runtime error: index out of range\n\ngoroutine 1 [running]:',
    'panic: runtime error: index out of range',
  ],
  tap: [tap.join('\n'), 'not ok 2 - runs dry\n#   expected 0, got 1'],
  "git's tests": [
    'not ok 4 - pump\n#\t\ttest_must_fail pump &&\n#\t\ttest_path_is_file out\n#\n# failed 1 among 9 test(s)',
    'not ok 4 - pump\n#\t\ttest_must_fail pump &&',
  ],
  prove: [
    'Test Summary Report\n-------------------\nt0001-init.sh (Wstat: 256 Tests: 9 Failed: 1)\n  Failed test:  4',
    't0001-init.sh (Wstat: 256 Tests: 9 Failed: 1)\n  Failed test:  4',
  ],
  kselftest: [
    'not ok 3 selftests: net: pump.sh # exit=1',
    'not ok 3 selftests: net: pump.sh # exit=1',
  ],
  automake: ['PASS: a\nFAIL: test-pump\nPASS: b\n# FAIL:  1', 'FAIL: test-pump'],
  meson: [
    ' 3/9 pump:unit / run    FAIL   0.02s   exit status 1',
    ' 3/9 pump:unit / run    FAIL   0.02s   exit status 1',
  ],
  ctest: [
    '3/9 Test  #3: run ..........***Failed    0.01 sec',
    '3/9 Test  #3: run ..........***Failed    0.01 sec',
  ],
  pytest: [
    '    def test_run():\n>       assert run() == 0\nE       assert 1 == 0\n\nFAILED test_pump.py::test_run - assert 1 == 0',
    '>       assert run() == 0\nE       assert 1 == 0',
  ],
  python: [
    'Traceback (most recent call last):\n  File "pump.py", line 3, in <module>\n    run()\nValueError: dry',
    'Traceback (most recent call last):\n  File "pump.py", line 3, in <module>\n    run()\nValueError: dry',
  ],
  'cargo test': [
    "test run ... FAILED\n\n---- run stdout ----\nthread 'run' panicked at src/pump.rs:9:5:\nassertion failed: dry",
    "thread 'run' panicked at src/pump.rs:9:5:\nassertion failed: dry",
  ],
  jest: [
    '  \u25cf pump \u203a runs dry\n\n    expect(received).toBe(expected)',
    '  \u25cf pump \u203a runs dry',
  ],
  vitest: [
    ' FAIL  test/pump.test.ts > runs dry\nAssertionError: expected 1 to be 0',
    ' FAIL  test/pump.test.ts > runs dry\nAssertionError: expected 1 to be 0',
  ],
  sanitizer: [
    '==7==ERROR: AddressSanitizer: heap-use-after-free\nREAD of size 4',
    '==7==ERROR: AddressSanitizer: heap-use-after-free\nREAD of size 4',
  ],
  kernel: [
    '[    1.5] BUG: KASAN: use-after-free in pump_run+0x1/0x2',
    '[    1.5] BUG: KASAN: use-after-free in pump_run+0x1/0x2',
  ],
  shell: [
    '+ pump\n./ci.sh: line 3: pump: command not found',
    './ci.sh: line 3: pump: command not found',
  ],
  crash: [
    'running pump\nSegmentation fault (core dumped)',
    'running pump\nSegmentation fault (core dumped)',
  ],
  git: ["fatal: couldn't find remote ref pump", "fatal: couldn't find remote ref pump"],
  make: [
    'gcc -c pump.c\nmake[1]: *** [Makefile:3: pump.o] Error 1',
    'make[1]: *** [Makefile:3: pump.o] Error 1',
  ],
}

describe('logExcerpt', () => {
  it('gives a short log whole', () => {
    expect(logExcerpt('one\r\ntwo\n\n', 100)).toBe('one\ntwo')
    expect(logExcerpt('', 100)).toBe('')
  })

  it.each(Object.entries(programs))('shows what %s says of a failure', (_, [printed, shown]) => {
    expect(within(printed.split('\n')).join('\n')).toContain(shown)
  })

  it('shows the end besides, where a program may have died in the middle of its story', () => {
    const excerpt = within(['main.c:7: error: no such thing'])

    expect(excerpt[0]).toBe('[...]')
    expect(excerpt).toContain('main.c:7: error: no such thing')
    expect(excerpt.at(-1)).toBe('line 600')
  })

  it('shows the end alone where nothing tells of an error', () => {
    const excerpt = logExcerpt(numbered(500).join('\n'), 100)

    expect(excerpt.split('\n')[0]).toBe('[...]')
    expect(excerpt.endsWith('line 499\nline 500')).toBe(true)
  })

  it('shows several failures, each with a little', () => {
    const many = Array.from({ length: 5 }, (_, n) => [
      `not ok ${n} - runs dry`,
      `#   why ${n}`,
      ...numbered(50),
    ]).flat()
    const excerpt = within(many)

    for (let n = 0; n < 5; n += 1) {
      expect(excerpt).toContain(`not ok ${n} - runs dry`)
      expect(excerpt).toContain(`#   why ${n}`)
    }
  })

  it('prefers what names a failure to what only sounds like one', () => {
    const excerpt = within([
      'checking for error.h... no',
      'a failure is what this tests',
      'not ok 2 - reads nothing # TODO not yet',
      'not ok 3 - runs dry',
      'ok 4 - reports an error',
      '0 errors',
    ])

    expect(excerpt).toContain('not ok 3 - runs dry')
    expect(excerpt.join('\n')).not.toMatch(/error\.h|a failure is|not yet|0 errors/)
  })

  it('says the same only once', () => {
    const same = ['pump.c:7: error: x', ...numbered(30), 'pump.c:7: error: x']

    expect(within(same).filter((line) => line === 'pump.c:7: error: x')).toHaveLength(1)
  })

  it('keeps within its budget of bytes and lines, whatever is in the log', () => {
    const lines = Array.from(
      { length: 400 },
      (_, n) => `p\u00fcmp.c:${n}: error: ${'\u20ac'.repeat(n)}`,
    )
    for (const bytes of [0, 10, 100, 700, 3000]) {
      const excerpt = logExcerpt(lines.join('\n'), bytes)
      // Marks of what is left out come on top.
      expect(Buffer.byteLength(excerpt.replaceAll('[...]\n', ''))).toBeLessThanOrEqual(bytes)
      expect(excerpt.split('\n').filter((line) => line !== '[...]').length).toBeLessThanOrEqual(22)
    }
  })

  it('cuts lines at a width, and keeps masked secrets masked', () => {
    const excerpt = logExcerpt(`fatal: bad token *** ${'x'.repeat(5000)}`, 2000)

    expect(excerpt).toMatch(/^fatal: bad token \*\*\* x+\.\.\.$/)
    expect(excerpt.length).toBe(160)
  })

  it('takes away colours and what was overwritten', () => {
    const log = '\u001b[31mpump.c:7: error:\u001b[0m x\n10%\r50%\r100%\n[1;33mTest Results:[0m\n'

    expect(logExcerpt(log, 500)).toBe('pump.c:7: error: x\n100%\nTest Results:')
  })

  it.each<[string, string]>([
    ['one endless line', 'error: '.repeat(720_000)],
    ['nothing but line ends', '\n'.repeat(5_000_000)],
    ['colons', `${'a:'.repeat(2_500_000)}`],
    ['blanks before a sign', `${' '.repeat(900)}x FAIL\n`.repeat(5_000)],
    ['half of every pattern', `${'1/1 Test #1: '.repeat(70)}\n`.repeat(5_000)],
    ['escape sequences without end', '\u001b]'.repeat(2_500_000)],
    ['brackets', `${'[1;1;1;1'.repeat(110)}\n`.repeat(5_000)],
    ['failures alone', 'not ok 1 - x\n'.repeat(380_000)],
  ])('is done with 5 MB of %s in a moment', (_, log) => {
    const began = cpuNow()
    logExcerpt(log, 2_000)

    expect(cpuNow() - began).toBeLessThan(5_000)
  })
})
