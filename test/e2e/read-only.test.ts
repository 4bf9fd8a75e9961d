import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { renameSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import { compiledProgram } from '../support/compiled-program.ts'
import { arrive, changeConfig, demoWorlds } from '../support/demo-world.ts'
import { reasonToSkip } from '../support/programs.ts'

const program = compiledProgram('src/main.ts')
const confined =
  '--ro-bind / / --dev /dev --proc /proc --unshare-user --unshare-pid --uid 1000 --gid 1000 --cap-drop ALL --die-with-parent'.split(
    ' ',
  )
const missing = reasonToSkip('bwrap', [...confined, 'true'])
// Its own temporary folder is the /dev/shm that bubblewrap makes; PrivateTmp= and `--tmpfs /tmp` give it another.
const worlds = demoWorlds()
const patch = 'usage-1@contributor.example'

describe.skipIf(missing !== null)(
  `patchferry serve where only its state folder can be written${missing === null ? '' : ` (${missing})`}`,
  () => {
    it('takes a mail through to its report, as a user that is not root', async () => {
      const world = await worlds.fresh()
      const state = path.join(world.directory, 'state')
      const outgoing = path.join(state, 'outgoing')
      await mkdir(state, { recursive: true })
      renameSync(world.outgoing, outgoing)
      renameSync(world.mirror, path.join(state, 'mirror.git'))
      await changeConfig(world, 'maildir: ./outgoing', `maildir: ${outgoing}`)
      await changeConfig(world, 'url: ./mirror.git', `url: ${state}/mirror.git`)
      await arrive(world, patch)

      const probe = `! touch ${world.directory}/mark /tmp/mark 2>/dev/null && test "$(id -u)" = 1000`
      const command = [process.execPath, program, 'serve', '--config', world.config]
      const service = spawn(
        'bwrap',
        [
          ...confined,
          '--bind',
          state,
          state,
          'sh',
          '-c',
          `${probe} && exec "$@"`,
          'sh',
          ...command,
        ],
        {
          env: { PATH: process.env['PATH'], HOME: state, TMPDIR: '/dev/shm' },
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      )
      let said = ''
      service.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk
      })
      const ended = once(service, 'exit')
      onTestFinished(() => void service.kill('SIGKILL'))

      await expect
        .poll(async () => ({ said, reports: await readOutgoing(outgoing) }), {
          timeout: 45_000,
          interval: 200,
        })
        .toMatchObject({ reports: [{ inReplyTo: patch, kind: 'success' }] })
      service.kill('SIGKILL')
      await ended
    }, 60_000)
  },
)
