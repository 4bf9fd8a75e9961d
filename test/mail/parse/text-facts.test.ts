import { describe, expect, it } from 'vitest'
import { readTextFacts } from '../../../src/mail/parse/text-facts.ts'

const sha = '0123456789abcdef0123456789abcdef01234567'

describe('readTextFacts', () => {
  it('says nothing of a text that says nothing', () => {
    expect(readTextFacts('Hello\n\nbase-commit and so on\n')).toEqual({
      hasDiffstat: false,
      baseCommit: null,
      strangeBase: null,
      prerequisitePatchIds: [],
      changeId: null,
      supersedes: [],
      dependsOn: [],
    })
  })

  it.each([
    [`base-commit: ${sha}`, sha],
    [`base-commit: ${sha.toUpperCase()} (v1.2)`, sha],
    [`text\nbase-commit:${sha}\r`, sha],
    [`base-commit: ${sha}${sha.slice(0, 24)}`, `${sha}${sha.slice(0, 24)}`],
    [`base-commit: none\nbase-commit: ${sha}`, sha],
    [`base-commit: ${sha}0`, null],
    [`base-commit: ${sha.slice(1)}`, null],
    ['base-commit: none', null],
    ['base-commit: ', null],
    [`> base-commit: ${sha}`, null],
    [` base-commit: ${sha}`, null],
    [`prerequisite-base-commit: ${sha}`, null],
  ])('base-commit of %j is %j', (text, expected) => {
    expect(readTextFacts(`${text}\n`).baseCommit).toBe(expected)
  })

  it.each([
    ['base-commit: v6.1-rc2', 'v6.1-rc2'],
    ['base-commit: 0123456', '0123456'],
    [`base-commit: none\nbase-commit: ${sha}`, null],
  ])('what stands in place of one in %j is %j', (text, expected) => {
    expect(readTextFacts(`${text}\n`).strangeBase).toBe(expected)
  })

  it('lists prerequisites in order', () => {
    const other = sha.replace('0', 'f')
    const text = `prerequisite-patch-id: ${other}\nprerequisite-patch-id: ${sha}\nprerequisite-patch-id: x\n`
    expect(readTextFacts(text).prerequisitePatchIds).toEqual([other, sha])
  })

  it.each([
    ['change-id: 20230101-fix-leak-abc', '20230101-fix-leak-abc'],
    ['Change-Id: 20230101-fix-leak-abc (x)', '20230101-fix-leak-abc'],
    ['prerequisite-change-id: 20230101-x:v2', null],
    [`Change-Id: I${sha}`, null],
    ['> change-id: x', null],
  ])('change-id of %j is %j', (text, expected) => {
    expect(readTextFacts(`x\n${text}\n`).changeId).toBe(expected)
  })

  it.each([
    ['Supersedes: <a@b>', ['a@b']],
    ['supersedes: a@b', ['a@b']],
    ['Supersedes: <a@b> <c@d>', ['a@b', 'c@d']],
    ['Supersedes: https://lists.example.org/dev/a@b/', ['a@b']],
    ['Supersedes: https://lists.example.org/r/a%2Bx@b/T/#u', ['a+x@b']],
    ['Supersedes: https://lists.example.org/all/a@b/t.mbox.gz', ['a@b']],
    ['Supersedes: <https://lists.example.org/dev/a@b>', ['a@b']],
    ['Supersedes: https://ann@lists.example.org/12', []],
    ['Supersedes: series 12', []],
    ['> Supersedes: <a@b>', []],
  ])('ids of %j are %j', (text, ids) => {
    expect(readTextFacts(`${text}\n`).supersedes).toEqual(ids)
    expect(readTextFacts(`${text.replace(/supersedes/i, 'Based-on')}\n`).dependsOn).toEqual(ids)
  })

  it('counts all that a series may depend on, each once', () => {
    const text =
      'Depends-on: <a@b>\nBased-on: c@d ("[PATCH] x")\nprerequisite-message-id: <e@f>\nDepends-On: <a@b>\n'
    expect(readTextFacts(text).dependsOn).toEqual(['a@b', 'c@d', 'e@f'])
  })

  it.each([
    [' 1 file changed, 1 insertion(+), 1 deletion(-)', true],
    [' 27 files changed, 652 insertions(+), 128 deletions(-)', true],
    ['2 files changed', true],
    ['> 1 file changed, 1 insertion(+)', false],
    ['we have 3 files changed, I think', false],
  ])('has a diffstat: %j %j', (text, expected) => {
    expect(readTextFacts(`x\n${text}\n`).hasDiffstat).toBe(expected)
  })
})
