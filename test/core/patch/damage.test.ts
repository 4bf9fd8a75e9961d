import { describe, expect, it } from 'vitest'
import { toMessageId } from '../../../src/core/ids.ts'
import type { MailForm } from '../../../src/core/message.ts'
import { type DamageKind, diagnoseDamage } from '../../../src/core/patch/damage.ts'
import { mailProgramOf } from '../../../src/core/patch/mail-program.ts'
import type { PreImage } from '../../../src/core/patch/space-damage.ts'
import { type RefusalKind, readRefusal } from '../../../src/core/refusal.ts'

const plain: MailForm = { isFlowed: false, isHtml: false, program: null }
const header = 'diff --git a/f.c b/f.c\nindex 1111111..2222222 100644\n--- a/f.c\n+++ b/f.c\n'

function kinds(hunk: string, form: Partial<MailForm> = {}): readonly DamageKind[] {
  const diff = `${header}${hunk}`
  return diagnoseDamage({ form: { ...plain, ...form }, diff, files: new Map() }).map(
    ({ kind }) => kind,
  )
}

const whole = '@@ -1,3 +1,4 @@\n one\n+if (a < b)\n \ttwo\n three\n'
const wrapped =
  '@@ -1,3 +1,4 @@\n one\n+new long line that goes on and on until it is wrapped by\nthe program\n \ttwo\n three\n'

describe('diagnoseDamage', () => {
  it.each<[string, string, Partial<MailForm>, readonly DamageKind[]]>([
    ['a whole patch', whole, {}, []],
    ['a whole patch beside HTML', whole, { isHtml: true }, []],
    ['a whole patch that says it is flowed', whole, { isFlowed: true }, []],
    ['a wrapped line', wrapped, {}, ['wrapped-lines']],
    ['a wrapped line of a flowed mail', wrapped, { isFlowed: true }, ['flowed']],
    ['entities of HTML', whole.replace('<', '&lt;'), { isHtml: true }, ['html']],
    ['entities where no HTML was', whole.replace('<', '&lt;'), {}, []],
    ['quoted lines', '@@ -1,3 +1,4 @@\n> one\n> +new\n', {}, ['quoted']],
    ['an end that is missing', '@@ -1,3 +1,4 @@\n one\n+new\n', {}, ['truncated']],
    ['a signature too early', '@@ -1,5 +1,4 @@\n one\n-- \n2.43.0\n', {}, ['truncated']],
    [
      'a hunk that was edited',
      '@@ -1,1 +1,1 @@\n-one\n+two\nx\n@@ -9,2 +9,1 @@\nx\n',
      {},
      ['hunk-counts'],
    ],
    ['a short line that no diff has', '@@ -1,3 +1,4 @@\n one\nx\n two\n', {}, ['hunk-counts']],
  ])('finds in %s what is to be found', (_name, hunk, form, expected) => {
    expect(kinds(hunk, form)).toEqual(expected)
  })

  it('shows the line that gives it away', () => {
    expect(
      diagnoseDamage({ form: plain, diff: header + wrapped, files: new Map() })[0]?.evidence,
    ).toBe('the program')
  })
})

describe('blanks that were changed on the way', () => {
  const file = 'int f(void)\n{\n\tone();\n\ttwo();  \n\treturn 3;\n}\n'
  const right = '@@ -2,5 +2,6 @@\n {\n \tone();\n \ttwo();  \n+\tnew();\n \treturn 3;\n }\n'

  function found(
    hunk: string,
    image: Partial<PreImage> = {},
  ): readonly (readonly [DamageKind, string | null])[] {
    const files = new Map([['f.c', { text: file, isNamed: true, ...image }]])
    return diagnoseDamage({ form: plain, diff: header + hunk, files }).map(
      ({ kind, evidence }) => [kind, evidence] as const,
    )
  }

  it.each<[string, string, DamageKind, string]>([
    ['tabs', right.replaceAll('\t', '        '), 'tabs-to-spaces', '        one();'],
    ['no-break spaces', right.replaceAll('\t', '\u00a0'), 'no-break-spaces', '\u00a0one();'],
    ['ends of lines', right.replaceAll('  \n', '\n'), 'trailing-blanks', '\ttwo();'],
    ['runs', right.replace(' {\n \tone()', ' {\n \t one()'), 'blanks', '\t one();'],
  ])('are named, with a line that shows it: %s', (_name, hunk, kind, evidence) => {
    expect(found(hunk)).toEqual([[kind, evidence]])
  })

  it('are named where CRLF became LF', () => {
    expect(found(right, { text: file.replaceAll('\n', '\r\n') })).toEqual([['line-ends', '{']])
  })

  it.each<[string, string, Partial<PreImage>]>([
    ['the patch fits the file', right, {}],
    ['the file has other text too', right.replaceAll('\t', '  ').replace('one', 'zero'), {}],
    ['nothing is known of the file', right.replaceAll('\t', '  '), { text: '' }],
    // Somebody may have indented the file anew since.
    ['another blob was meant and tabs remain', right.replace('\t', '  '), { isNamed: false }],
    [
      'another blob was meant and only ends of lines differ',
      right.replaceAll('  \n', '\n'),
      { isNamed: false },
    ],
  ])('are not blamed where %s', (_name, hunk, image) => {
    expect(found(hunk, image)).toEqual([])
  })

  it('are blamed on another blob where not one tab is left', () => {
    const kinds = found(right.replaceAll('\t', '    '), { isNamed: false }).map(([kind]) => kind)
    expect(kinds).toEqual(['tabs-to-spaces'])
  })
})

describe('readRefusal', () => {
  it.each<[string, RefusalKind, string | null]>([
    ["error: invalid path '.git/config'", 'path-git', '.git/config'],
    ["error: invalid path 'sub/.GIT/x'", 'path-git', 'sub/.GIT/x'],
    ["error: invalid path '../x'", 'path-outside', '../x'],
    ["error: affected file 'l/x' is beyond a symbolic link", 'path-symlink', 'l/x'],
    ['fatal: empty ident name (for <>) not allowed', 'no-author', null],
    [
      "error: cannot apply binary patch to 'b.png' without full index line",
      'binary-left-out',
      'b.png',
    ],
    ['error: No valid patches in input (allow with "--allow-empty")', 'no-diff', null],
  ])('takes %j for what it is', (said, kind, path) => {
    expect(readRefusal(`x\n${said}\ny`)).toEqual({ kind, path })
  })

  it('leaves an ordinary conflict alone', () => {
    expect(readRefusal('error: patch failed: f.c:10\nerror: f.c: patch does not apply')).toBeNull()
  })
})

describe('mailProgramOf', () => {
  it.each([
    ['Mozilla Thunderbird', 'x@y', 'thunderbird'],
    ['git-send-email 2.43.0', 'x@mail.gmail.com', 'git-send-email'],
    [null, 'CAB+x@mail.gmail.com', 'gmail'],
    [null, 'x@AM0PR.eurprd01.prod.outlook.com', 'outlook'],
    ['Apple Mail (2.3774)', 'x@y', 'apple-mail'],
    ['git-send-email 2.43.0', 'x@AM0PR.eurprd01.prod.outlook.com', 'exchange'],
    ['K-9 Mail for Android', 'x@y', 'k-9'],
    ['Thunderbird for Android', 'x@y', 'k-9'],
    ['unheard of', 'x@y', null],
  ])('knows %j with %s as %j', (program, id, expected) => {
    expect(mailProgramOf({ ...plain, program }, toMessageId(id))).toBe(expected)
  })
})
