import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openObjectStore } from '../../src/git/objects/bare-object-store.ts'
import type { Archive } from '../../src/mail/archive.ts'
import { openPublicInboxArchive } from '../../src/mail/public-inbox-archive.ts'
import { readAll } from '../contract/archive-contract.ts'
import { bulkyMail } from '../support/bulky-mail.ts'
import { deliveryOf } from '../support/delivery-of.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testGitEnvironment } from '../support/test-repo.ts'

const { signal } = new AbortController()

async function openHere(directory: string, rotateBytes = 1024 ** 3): Promise<Archive> {
  const archive = await openPublicInboxArchive({
    directory,
    openStore: openObjectStore,
    rotateBytes,
  })
  onTestFinished(() => archive.close())
  return archive
}

const hasPublicInbox = spawnSync('public-inbox-index', ['--help']).status === 0
const hasLei = spawnSync('lei', ['--help']).status === 0

function requireInCi(program: string, isThere: boolean): boolean {
  if (!isThere && process.env['CI'] === 'true') {
    throw new Error(`${program} must be installed in CI`)
  }
  return isThere
}

/** Runs a program of public-inbox with its configuration in a folder of the test. */
function run(home: string, program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, {
    env: { ...testGitEnvironment(), HOME: home, PI_CONFIG: `${home}/config` },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

describe.skipIf(!requireInCi('public-inbox', hasPublicInbox))(
  `public-inbox${hasPublicInbox ? '' : ' (skipped: not installed)'}`,
  () => {
    function mail(id: string): string {
      return `From: A <a@example.org>\nTo: list@example.org\nSubject: mail ${id}\nMessage-ID: <${id}@example.org>\nDate: Fri, 2 Feb 2024 10:00:00 +0000\n\nBody of ${id}\n`
    }
    function indexed(directory: string, home: string): string {
      run(home, 'public-inbox-index', directory)
      return execFileSync(
        'perl',
        [
          '-MPublicInbox::Inbox',
          '-e',
          'my $ibx = PublicInbox::Inbox->new({inboxdir => $ARGV[0], name => "x"}); my $n = 0; for my $num (1 .. ($ibx->mm->max // 0)) { my $s = $ibx->over->get_art($num) or next; print $s->{mid}, " ", length(${$ibx->msg_by_smsg($s)}), "\\n"; }',
          directory,
        ],
        { encoding: 'utf8' },
      ).trim()
    }

    it('indexes the folder, reads mails back from it, and follows it into the next epoch', {
      timeout: 60_000,
    }, async () => {
      const directory = path.join(temporaryFolder(), 'archive')
      const home = temporaryFolder()
      const archive = await openHere(directory, 4000)
      await archive.append(
        ['1', '2'].map((id) => deliveryOf(mail(id))),
        signal,
      )
      run(
        home,
        'public-inbox-init',
        '-V2',
        'x',
        directory,
        'http://example.org/x',
        'list@example.org',
      )

      expect(indexed(directory, home)).toBe(
        ['1', '2'].map((id) => `${id}@example.org ${mail(id).length}`).join('\n'),
      )
      const odd = [
        'no headers',
        '',
        mail('2'),
        mail('1').replace('Body', 'Other body'),
        'Subject: x\0y\n\n\xff',
      ]
      await archive.append(
        odd.map((raw) => deliveryOf(raw)),
        signal,
      )
      for (let number = 0; number < 12; number += 1) {
        await archive.append([deliveryOf(bulkyMail(`bulky-${number}`))], signal)
      }
      expect(readdirSync(path.join(directory, 'git')).length).toBeGreaterThan(1)
      const seen = indexed(directory, home)
      for (let number = 0; number < 12; number += 1) {
        expect(seen).toContain(`bulky-${number}@example.org`)
      }
      expect(await readAll(archive)).toHaveLength(2 + odd.length + 12)
      const again = await openHere(directory)
      expect(await readAll(again)).toHaveLength(2 + odd.length + 12)
    })

    it('may have made all.git before us', async () => {
      const directory = path.join(temporaryFolder(), 'archive')
      const archive = await openHere(directory)
      await archive.append([deliveryOf(mail('1'))], signal)
      rmSync(path.join(directory, 'all.git'), { recursive: true })
      const home = temporaryFolder()
      run(
        home,
        'public-inbox-init',
        '-V2',
        'x',
        directory,
        'http://example.org/x',
        'list@example.org',
      )
      const again = await openHere(directory)
      await again.append([deliveryOf(mail('2'))], signal)

      expect(indexed(directory, home)).toContain('2@example.org')
      expect(run(home, 'git', '--git-dir', path.join(directory, 'git/0.git'), 'fsck')).toBe('')
    })

    it.skipIf(!requireInCi('lei', hasLei))(
      'is searched with lei',
      { timeout: 60_000 },
      async () => {
        const directory = path.join(temporaryFolder(), 'archive')
        const home = temporaryFolder()
        const archive = await openHere(directory)
        await archive.append(
          ['1', '2'].map((id) => deliveryOf(mail(id))),
          signal,
        )
        run(
          home,
          'public-inbox-init',
          '-V2',
          'x',
          directory,
          'http://example.org/x',
          'list@example.org',
        )
        run(home, 'public-inbox-index', directory)
        onTestFinished(() => {
          spawnSync('lei', ['daemon-kill'], { env: { ...testGitEnvironment(), HOME: home } })
        })

        const found = run(
          home,
          'lei',
          'q',
          '-q',
          '--only',
          directory,
          '-f',
          'text',
          'm:2@example.org',
        )
        expect(found).toContain('Body of 2')
      },
    )
  },
)
