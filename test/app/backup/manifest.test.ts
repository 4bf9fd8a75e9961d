import { expect, it } from 'vitest'
import { isBackupFolder } from '../../../src/app/backup/manifest.ts'

it.each([
  [['manifest.json', 'archive'], true],
  [['unfinished', 'backup.lock.worker'], true],
  // A disk that was full when it was begun.
  [['backup.lock.worker'], true],
  [['backup.lock.worker', 'thesis.txt'], false],
  [['archive'], false],
])('takes a folder with %j for one where a backup was begun: %j', (names, isOne) => {
  expect(isBackupFolder(names)).toBe(isOne)
})
