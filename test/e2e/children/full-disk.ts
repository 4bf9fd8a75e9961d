import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setUpDemo } from '../../../src/app/demo/set-up.ts'
import { readOutgoing } from '../../../src/app/demo/verify.ts'
import { arrive, mailOf } from '../../support/demo-world.ts'
import { type Ended, runHere } from '../../support/run-patchferry.ts'

const folder = process.argv[2] ?? ''
const world = await setUpDemo(path.join(folder, 'world'), {
  settle: '0s',
  token: 'a token for the tests only',
})
const config = ['--config', world.config]
await runHere(['sync', ...config])
const backup = path.join(folder, 'backup')
const backUp = ['backup', backup, ...config]
await runHere(backUp)
const manifest = readFileSync(path.join(backup, 'manifest.json'), 'utf8')
await arrive(world, 'usage-1@contributor.example')

const filler = path.join(folder, 'filler')
for (let bytes = 8_000_000; bytes >= 1_000; ) {
  try {
    writeFileSync(filler, Buffer.alloc(bytes), { flag: 'a' })
  } catch {
    bytes = Math.floor(bytes / 2)
  }
}
const stdin = mailOf(world, 'workflow-1@contributor.example')
const ends: Ended[] = [
  await runHere(['import', '-', ...config], { stdin }),
  await runHere(['sync', ...config]),
  await runHere(backUp),
]
const isBackupWhole = readFileSync(path.join(backup, 'manifest.json'), 'utf8') === manifest
rmSync(filler)
const again = [
  await runHere(['import', '-', ...config], { stdin }),
  await runHere(['sync', ...config]),
  await runHere(backUp),
]
const sent = await readOutgoing(world.outgoing)
process.stdout.write(
  JSON.stringify({
    imported: ends[0]?.exitCode,
    synced: ends[1]?.exitCode,
    backedUp: ends[2]?.exitCode,
    backupSaid: ends[2]?.stderr.split(' /')[0],
    isBackupWhole,
    saidFull: ends.slice(0, 2).map(({ stderr }) => /(?:STORE|GIT_DISK|CLI_DISK)_FULL/.test(stderr)),
    faults: ends.map(({ stderr }) => stderr).filter((said) => said.includes('INTERNAL')),
    importedAgain: again[0]?.exitCode,
    syncedAgain: again[1]?.exitCode,
    backedUpAgain: again[2]?.exitCode,
    reports: sent.map(({ inReplyTo }) => inReplyTo).toSorted((a, b) => a.localeCompare(b)),
  }),
)
