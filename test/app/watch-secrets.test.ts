import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { tellNewSecrets } from '../../src/app/watch-secrets.ts'
import { memoryLog } from '../support/memory-log.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

it('tells a secret that is another from one that is gone, and which of them is used at once', () => {
  const folder = temporaryFolder()
  const [live = '', fixed = '', gone = ''] = ['live', 'fixed', 'gone'].map((name) =>
    path.join(folder, name),
  )
  writeFileSync(live, 'new')
  writeFileSync(fixed, 'new')
  const secretFiles = [
    { file: live, isLive: true },
    { file: fixed, isLive: false },
    { file: gone, isLive: true },
  ]
  const { logger, lines } = memoryLog()

  expect(tellNewSecrets([live, fixed, gone], { secretFiles }, logger)).toBe(true)
  expect(tellNewSecrets([gone], { secretFiles }, logger)).toBe(false)
  expect(lines.map(({ msg, files }) => [msg, files])).toEqual([
    ['a file with a secret is not there any more', [gone]],
    ['a file with a secret was written anew', [live]],
    ['a secret was written anew that only a restart brings', [fixed]],
    ['a file with a secret is not there any more', [gone]],
  ])
})
