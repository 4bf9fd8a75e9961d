import { describe, expect, it } from 'vitest'
import type { PatchFile } from '../../../src/core/patch/patch-file.ts'
import { ciPathsTouched } from '../../../src/core/trust/trust.ts'

function change(oldPath: string | null, newPath: string | null, newMode = '100644'): PatchFile {
  return {
    oldPath,
    newPath,
    oldMode: oldPath === null ? null : '100644',
    newMode: newPath === null ? null : newMode,
    oldBlob: null,
    newBlob: null,
    isBinary: false,
  }
}

describe('ciPathsTouched', () => {
  it.each([
    ['a workflow', change(null, '.github/workflows/ci.yml'), ['.github/workflows/ci.yml']],
    ['a file that is moved away', change('.gitea/ci.yml', 'ci.yml'), ['.gitea/ci.yml']],
    ['a file that is moved there', change('ci.yml', '.forgejo/x/y.yml'), ['.forgejo/x/y.yml']],
    ['a deleted file', change('.github/x', null), ['.github/x']],
    ['another letter case', change(null, '.GitHub/x'), ['.GitHub/x']],
    ['a symlink in its place', change(null, '.github', '120000'), ['.github (a symlink)']],
    ['a submodule in its place', change(null, '.github', '160000'), ['.github (a submodule)']],
    ['a configured file', change('ci/run', 'ci/run'), ['ci/run']],
    ['a configured file at any depth', change('a/b/Makefile', 'a/b/Makefile'), ['a/b/Makefile']],
    ['a configured file at the top', change('Makefile', 'Makefile'), ['Makefile']],
    ['one that only looks like it', change(null, 'x/.github/y'), []],
    ['another that only looks like it', change(null, '.githubx/y'), []],
    ['a dot that is no wildcard', change(null, 'xgithub/y'), []],
    ['a star that stays in its folder', change(null, 'ci/a/b.sh'), []],
  ])('names %s', (_, file, expected) => {
    expect(ciPathsTouched([file], ['ci/*', '**/Makefile'])).toEqual(expected)
  })

  it('names each path once, sorted', () => {
    const files = [change('.github/b', '.github/a'), change('.github/b', '.github/b')]

    expect(ciPathsTouched(files, [])).toEqual(['.github/a', '.github/b'])
  })
})
