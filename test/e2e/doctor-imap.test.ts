import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { changeConfig, demoWorlds } from '../support/demo-world.ts'
import { dovecotHere } from '../support/imap-source.ts'
import { reasonToSkip } from '../support/programs.ts'
import { runHere, runPatchferry } from '../support/run-patchferry.ts'

const withoutDovecot = reasonToSkip('dovecot', ['--version'])

describe.skipIf(withoutDovecot !== null)(
  `patchferry doctor on IMAP ${withoutDovecot ?? ''}`,
  () => {
    const worlds = demoWorlds()
    const dovecot = dovecotHere()

    /** The demo's world with a mailbox as its source; `more` is written into its mapping. */
    async function worldWith(more: string): Promise<DemoWorld> {
      const world = await worlds.fresh()
      const { user } = dovecot().newUser(['patches'])
      await writeFile(path.join(world.directory, 'imap-password'), `${dovecot().password}\n`)
      const imap = `imap: { user: ${user}, passwordFile: ./imap-password, ${more} }`
      await changeConfig(world, 'maildir: ./inbox', imap)
      return world
    }

    /** What it says of the source. */
    async function doctorHere(world: DemoWorld): Promise<string> {
      return lineOf((await runHere(['doctor', '--config', world.config])).stdout)
    }

    function lineOf(stdout: string): string {
      const at = stdout.indexOf('hello-devel-imap')
      return at === -1 ? stdout : stdout.slice(at, stdout.indexOf('delivery'))
    }

    it('prints the fingerprint of a certificate that nobody trusts, which then can be pinned', async () => {
      const { tlsPort, fingerprint } = dovecot()
      const world = await worldWith(`host: localhost, port: ${tlsPort}`)
      const said = await doctorHere(world)
      const printed = /\b(?:[0-9A-F]{2}:){31}[0-9A-F]{2}\b/.exec(said)?.[0]

      expect(said).toContain('is not valid')
      expect(said).not.toContain('login works')
      expect(printed).toBe(fingerprint)
      await changeConfig(world, 'host: localhost', `fingerprint: '${printed}', host: localhost`)
      expect(await doctorHere(world)).toContain(`login works; certificate ${fingerprint}`)
    })

    it('accepts a certificate that an authority signed for the host, and for no other', async () => {
      const world = await worlds.fresh()
      await writeFile(path.join(world.directory, 'imap-password'), `${dovecot().password}\n`)
      const { port, tlsPort } = dovecot()
      const { user } = dovecot().newUser()
      const sources = ['tls', 'starttls'].flatMap((security) =>
        ['localhost', '127.0.0.1'].map((host) => {
          const there = `host: ${host}, port: ${security === 'tls' ? tlsPort : port}`
          const login = `user: ${user}, passwordFile: ./imap-password`
          return `imap: { security: ${security}, ${there}, ${login} }\n        name: ${security}-${host}`
        }),
      )
      await changeConfig(world, 'maildir: ./inbox', sources.join('\n      - '))
      const env = { NODE_EXTRA_CA_CERTS: dovecot().authority }
      const { stdout } = await runPatchferry(['doctor', '--config', world.config], { env })

      for (const security of ['tls', 'starttls']) {
        expect(stdout).toMatch(new RegExp(`${security}-localhost.*login works`))
        expect(stdout).toMatch(
          new RegExp(`${security}-127\\.0\\.0\\.1.*is not valid.*ALTNAME_INVALID`),
        )
      }
    })

    it('names folders that cannot be opened, and those there are', async () => {
      const { port } = dovecot()
      const folders = 'folders: [INBOX, patchs]'
      const world = await worldWith(`host: 127.0.0.1, port: ${port}, security: plain, ${folders}`)
      const said = await doctorHere(world)

      expect(said).toContain('it does not open patchs')
      expect(said).toMatch(/there are INBOX, patches|there are patches, INBOX/)
    })

    it('says that the password is refused, without it', async () => {
      const { port } = dovecot()
      const world = await worldWith(`host: 127.0.0.1, port: ${port}, security: plain`)
      await writeFile(path.join(world.directory, 'imap-password'), 'hunter2-is-wrong\n')
      const said = await doctorHere(world)

      expect(said).toContain('refuses the login')
      expect(said).not.toContain('hunter2')
    })
  },
)
