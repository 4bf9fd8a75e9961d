import type { LogLine } from './log-lines.ts'

/** A line that tells of a failure, and how much around it belongs to it. */
export interface Sign {
  /** 4: the runner says so. 3: names what is wrong. 2: follows from it, or sums up. 1: only sounds like it. */
  readonly tier: 1 | 2 | 3 | 4
  readonly before: number
  readonly after: number
  /** What is after it belongs to it only up to the first line that this does not match. */
  readonly while?: RegExp
}

type Rule = readonly [RegExp, Sign]

function sign(tier: Sign['tier'], before = 0, after = 0, during?: RegExp): Sign {
  return during === undefined ? { tier, before, after } : { tier, before, after, while: during }
}

/*
 * Every expression is tried on single lines of at most 1000 characters, is anchored or without nested repetition, and so
 * takes time in proportion to the line.
 */

/** The snippet, caret and notes of a compiler. */
const snippet = /^(?:\s|\d+ \||.{1,300}: note:)/
const indented = /^\s+\S/
const diagnostic = /^\s*#|^\s+(?:---|\.\.\.|\w+:)/

const compilers: readonly Rule[] = [
  // gcc, clang, javac, ghc, swiftc, ld.lld with a place
  [/^(?:[A-Za-z]:)?[^\s:]{1,300}:\d{1,7}(?::\d{1,7})?: (?:fatal )?error\b/, sign(3, 1, 4, snippet)],
  [/\bundefined reference to\b|\bmultiple definition of\b|: cannot find -l/, sign(3, 1, 0)],
  [/^(?:ld\.lld|ld|lld|mold): (?:error|fatal)\b/, sign(3, 0, 2, snippet)],
  // rustc
  [
    /^error(?:\[E\d{4}\])?: (?!could not compile|aborting due|test failed|\d+ target)/,
    sign(3, 0, 7, /\S/),
  ],
  [/^error: (?:could not compile|aborting due|test failed)/, sign(2)],
  // tsc
  [/^[^\s(]{1,300}\(\d{1,7},\d{1,7}\): error TS\d/, sign(3)],
  [/^[^\s:]{1,300}:\d{1,7}:\d{1,7} - error TS\d/, sign(3, 0, 3, /./)],
  // go build, go vet
  [/^(?:vet: )?\.{0,2}[\w./-]{1,300}\.go:\d{1,7}:\d{1,7}: \S/, sign(3)],
  [/^\S{1,300}: error [A-Z]{1,4}\d{3,5}: /, sign(3)],
  [
    /^collect2: error|^(?:clang|cc1|gcc)[^:\s]*: (?:fatal )?error: linker|: error: ld returned/,
    sign(2),
  ],
  [/^make(?:\[\d{1,3}\])?: \*\*\* |^ninja: build stopped|^FAILED: /, sign(2)],
  [/^CMake Error\b/, sign(3, 0, 4, /^\s|^$/)],
  [
    /^(?:configure|meson\.build:\d+:\d+): (?:error|ERROR)\b|\bERROR: (?:Dependency|Problem encountered|Program)\b/,
    sign(3),
  ],
]

const runners: readonly Rule[] = [
  // TAP: also git's test library, kselftest; without what is known to fail
  [/^\s*not ok\b(?!.*# (?:TODO|SKIP)\b)/i, sign(3, 0, 5, diagnostic)],
  [/^Test Summary Report$/, sign(2, 0, 9, /\S/)],
  [/^Result: FAIL$|^\S{1,300}\s+\(Wstat: [1-9]|^ {2}Failed tests?: {1,3}\d/, sign(2)],
  // automake
  [/^(?:FAIL|ERROR|XPASS): \S+(?: \d.*)?$/, sign(3, 0, 0)],
  [/^# (?:FAIL|ERROR|XPASS): {1,3}[1-9]/, sign(2)],
  // meson, ctest
  [/^\s*\d{1,6}\/\d{1,6} .{1,400}\s(?:FAIL|ERROR|TIMEOUT|UNEXPECTEDPASS)\b/, sign(3)],
  [
    /^\s*\d{1,6}\/\d{1,6} Test\s+#\d{1,6}: .{1,400}\*\*\*(?:Failed|Exception|Timeout|Not Run)/,
    sign(3),
  ],
  [/^The following tests FAILED:/, sign(2, 0, 9, indented)],
  // the kernel's test_progs and its like: `name:FAIL:what`
  [/^\S{1,200}:FAIL:\S/, sign(3, 0, 5, /^\s/)],
  [/^(?:#\d{1,6}\S{0,20}\s+)?\S.{0,300}:FAIL$/, sign(2)],
  // pytest, unittest
  [/^FAILED \S{1,300}::|^ERROR \S{1,300}::/, sign(3)],
  [/^E {2,7}\S/, sign(3, 2, 2, /^E /)],
  [/^(?:FAIL|ERROR): \w{1,200} \([\w.]{1,300}\)/, sign(3)],
  [/^Traceback \(most recent call last\):/, sign(3, 0, 9, /./)],
  // jest, vitest, node, mocha
  [/^\s*\u25cf .{1,300} \u203a /u, sign(3, 0, 6)],
  [/^\s*(?:FAIL|\u00d7|\u2717|\u2715|\u2716)\s+\S/u, sign(3, 0, 0)],
  [/^\s*AssertionError\b/, sign(3, 1, 5)],
  // cargo test, rust
  [/^test \S{1,300} \.\.\. FAILED$/, sign(3)],
  [/^thread '.{1,200}' (?:\(\d{1,9}\) )?panicked at /, sign(3, 0, 3, /./)],
  [/^test result: FAILED/, sign(2)],
  // go test
  [/^\s*--- FAIL: /, sign(3, 0, 5, indented)],
  [/^FAIL\t|^FAIL$/, sign(2)],
  [/^panic: /, sign(3, 0, 6)],
  // maven, gradle
  [/^\[ERROR\] \S/, sign(2)],
  [/^FAILURE: Build failed|^> Task \S{1,200} FAILED/, sign(2, 0, 4)],
]

const programs: readonly Rule[] = [
  [/\bERROR: (?:Address|Thread|Leak|Memory|UndefinedBehavior)Sanitizer\b/, sign(3, 0, 5)],
  [/^\S{1,300}:\d{1,7}(?::\d{1,7})?: runtime error: /, sign(3, 0, 1)],
  [/\bBUG: (?:KASAN|KCSAN|KFENCE|kernel|unable to)|\bKernel panic\b|\bOops: /, sign(3, 0, 5)],
  [/\bassert(?:ion)?\b.{0,300}\bfailed\b/i, sign(3, 1, 1)],
  [
    /: (?:command not found|not found|Permission denied|cannot execute|syntax error)\b/,
    sign(2, 1, 0),
  ],
  [
    /\bSegmentation fault\b|\bBus error\b|\bAborted\b|\bIllegal instruction\b|\bOut of memory\b|^Killed$/,
    sign(3, 2, 0),
  ],
  [/\bNo such file or directory\b|\bNo space left on device\b/, sign(2, 1, 0)],
  [/^(?:fatal|error): /, sign(3, 0, 2)],
  [/^ERROR: \S|^Error: \S/, sign(2, 0, 2)],
  [/\btimed? ?out\b/i, sign(2, 1, 0)],
  [/(?:^|[\s:[(])(?:error|fatal|fail(?:ed|ure)?|exception|panic)(?:[\s:!\])]|$)/i, sign(1, 1, 1)],
]

/** Most lines of a log have none of these, and are looked at no closer. */
const suspicious =
  /err|fail|fatal|not ok|panic|bug:|oops|undefined reference|multiple definition|cannot|not found|denied|no such|no space|fault|abort|illegal|memory|killed|time|assert|exception|traceback|summary|wstat|\.go:|\*\*\*|xpass|unexpectedpass|syntax|^E {2}|[\u25cf\u00d7\u2717\u2715\u2716]/iu

/** What only sounds like a failure. */
const harmless =
  /^(?:checking |-- |\+ |CONFIG_|# CONFIG_|ok \d|PASS|XFAIL|SKIP)|(?:^|[\s:])(?:PASS|OK|XFAIL|SKIP)(?::|$)|\.\.\. ?(?:ok|yes|no)$|-Werror|\b(?:no|0|without|ignoring|ignored) (?:errors?|fail(?:ures?|ed)?)\b|\b(?:errors?|fail(?:ures?|ed)?)[:=] {0,3}0\b|\bif (?:it|this|that) fails\b/i

const rules = [...compilers, ...runners, ...programs]

/** What the runner marks stands for itself; a passing test behind it says nothing of it. */
const byRunner = sign(4, 0, 1, /^(?!.{0,200}:(?:PASS|OK)\b)/)

/** What a line says of a failure; null for nearly all lines. */
export function signOf({ text, mark }: LogLine): Sign | null {
  if (mark === 'error') {
    return byRunner
  }
  if (mark !== null || !suspicious.test(text) || harmless.test(text)) {
    return null
  }
  return rules.find(([pattern]) => pattern.test(text))?.[1] ?? null
}
