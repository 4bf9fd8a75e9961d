import { createHash } from 'node:crypto'
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type DemoWorld, deliver } from '../../src/app/demo/set-up.ts'
import { readOutgoing, readRefs, verify } from '../../src/app/demo/verify.ts'
import { gitText } from '../../src/git/cli/run-git.ts'
import { demoWorlds } from '../support/demo-world.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { liveAsService, liveHere, runCommand } from '../support/service-lives.ts'

const wantedKills = Number(process.env['PATCHFERRY_KILLS'] ?? 50)
const seed = Number(process.env['PATCHFERRY_SEED'] ?? Date.now() % 1_000_000)

const anyTime = 'any-time'
/** Outward acts, each of which is followed by the transaction that records it, and a kill at any time. */
const steps: readonly string[] = [
  'archive',
  'settle',
  'apply',
  'journal-decision',
  'push',
  'test',
  'journal-intended',
  'send',
  'journal-handed-over',
  anyTime,
]
/** About as long as a life with a few mails lasts, so that kills fall everywhere in it. */
const anyTimeMs = 1_500
/** Between calm lives: a job whose worker died twelve times is given up, and rightly so. */
const mostDeaths = 8

function blobOf(raw: string): string {
  const bytes = Buffer.from(raw)
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

/** Every archived mail, as the SHA of its bytes, sorted; one that was archived twice is there twice. */
async function archived(world: DemoWorld): Promise<readonly string[]> {
  const git = { gitDir: path.join(world.directory, 'state/archive/git/0.git') }
  const commits = (await gitText(['rev-list', '--all'], git)).trim().split('\n')
  const trees = await Promise.all(commits.map((commit) => gitText(['ls-tree', commit], git)))
  return trees
    .map((tree) => /^100644 blob (?<sha>[0-9a-f]{40})\tm$/m.exec(tree)?.groups?.['sha'] ?? tree)
    .toSorted()
}

/** What the world sees, and what may not be lost. */
async function outcome(world: DemoWorld): Promise<unknown> {
  const sent = await readOutgoing(world.outgoing)
  return {
    refs: Object.fromEntries(await readRefs(world.mirror)),
    reports: sent
      .map(({ messageId, inReplyTo, kind }) => ({ messageId, inReplyTo, kind }))
      .toSorted((a, b) => a.messageId.localeCompare(b.messageId)),
    archived: await archived(world),
  }
}

interface Status {
  readonly topics: readonly {
    readonly topic: string
    readonly name: string
    readonly version: string
    readonly state: string
    readonly verdict: string | null
    readonly branch: string | null
  }[]
  readonly jobs: Readonly<Record<string, number>>
  readonly outbox: Readonly<Record<string, number>>
  readonly quarantine: readonly { readonly code: string }[]
}

async function succeed(world: DemoWorld, ...args: readonly string[]): Promise<string> {
  const life = await runCommand(world, args)
  expect(life).toMatchObject({ exitCode: 0, errors: expect.not.stringContaining('"level":50') })
  return life.output
}

async function status(world: DemoWorld): Promise<Status> {
  return JSON.parse(await succeed(world, 'status', '--json')) as Status
}

/** All that must be the same before and after a rebuild. */
function facts({ topics, outbox, quarantine }: Status): unknown {
  return {
    outbox,
    quarantine: quarantine.map(({ code }) => code),
    topics: topics
      .map(({ topic, name, version, state, verdict, branch }) => ({
        topic,
        name,
        version,
        state,
        verdict,
        branch,
      }))
      .toSorted((a, b) => a.topic.localeCompare(b.topic)),
  }
}

const oldPatch = `From: Olga Older <olga@contributor.example>
To: hello-devel@lists.example.org
List-Id: <hello-devel.lists.example.org>
Date: Mon, 03 Mar 2025 09:00:00 +0000
Message-ID: <old-1@contributor.example>
Subject: [PATCH] words: add Polish

---
 words/pl.txt | 1 +
 1 file changed, 1 insertion(+)
 create mode 100644 words/pl.txt

diff --git a/words/pl.txt b/words/pl.txt
new file mode 100644
index 0000000..2fa992c
--- /dev/null
+++ b/words/pl.txt
@@ -0,0 +1 @@
+Dzien dobry
--
2.39.5
`

/** Worlds whose list's past was imported before their service was first started. */
const worlds = demoWorlds(async (world) => {
  const mbox = path.join(world.directory, 'old.mbox')
  await writeFile(mbox, `From olga@contributor.example Mon Mar  3 09:00:00 2025\n${oldPatch}`)
  await succeed(world, 'import', mbox)
})

/** What the killed runs are compared with. */
async function playUndisturbed(): Promise<DemoWorld> {
  const world = await worlds.fresh()
  for (const [actIndex, act] of world.scenario.acts.entries()) {
    for (const [index, mail] of act.mails.entries()) {
      await deliver(world.inbox, `${1_700_000_000 + actIndex}.M${index}P1.test`, mail.raw)
    }
    await liveHere(world)
  }
  return world
}

type Kills = Map<string, number>

function total(kills: Kills): number {
  return [...kills.values()].reduce((sum, one) => sum + one, 0)
}

function isEnough(kills: Kills): boolean {
  return total(kills) >= wantedKills && steps.every((step) => kills.has(step))
}

/** One life, to die at one of the steps that were killed least; returns whether it did. */
async function liveDangerously(
  world: DemoWorld,
  random: () => number,
  kills: Kills,
): Promise<boolean> {
  const least = Math.min(...steps.map((step) => kills.get(step) ?? 0))
  const chosen = steps.filter(
    (step) => random() < 0.7 && (kills.get(step) ?? 0) <= least + wantedKills / steps.length,
  )
  const isAnyTime = chosen.includes(anyTime) && random() < 0.3
  const { killedAt } = await liveAsService(
    world,
    isAnyTime ? [] : chosen.filter((step) => step !== anyTime),
    isAnyTime ? Math.floor(random() * anyTimeMs) : null,
  )
  if (killedAt !== null) {
    kills.set(killedAt, (kills.get(killedAt) ?? 0) + 1)
  }
  return killedAt !== null
}

/** Plays the scenario a few mails at a time, the service dying again and again while it works on them. */
async function playKilled(random: () => number, kills: Kills): Promise<DemoWorld> {
  const world = await worlds.fresh()
  let count = 0
  for (const act of world.scenario.acts) {
    for (let next = 0; next < act.mails.length; ) {
      const size = isEnough(kills) ? act.mails.length : 1 + Math.floor(random() * 3)
      const some = act.mails.slice(next, next + size)
      next += some.length
      for (const mail of some) {
        count += 1
        await deliver(world.inbox, `${1_700_000_000 + count}.M${count}P1.test`, mail.raw)
      }
      for (let deaths = 0; deaths < mostDeaths && !isEnough(kills); deaths += 1) {
        if (!(await liveDangerously(world, random, kills))) {
          break
        }
      }
      await liveHere(world)
    }
  }
  return world
}

/** Names, inodes and times of the delivered reports: whether any was delivered anew. */
async function deliveries(world: DemoWorld): Promise<readonly string[]> {
  const folder = path.join(world.outgoing, 'new')
  const names = (await readdir(folder)).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const { ino, mtimeMs } = await stat(path.join(folder, name))
      return `${name} ${ino} ${mtimeMs}`
    }),
  )
}

async function deleteStore(world: DemoWorld): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) {
    await rm(path.join(world.directory, `state/store.sqlite${suffix}`), { force: true })
  }
}

describe('the service, killed again and again', () => {
  it(
    'does everything once, loses nothing, and can be rebuilt from archive, journal and mirror',
    async () => {
      process.stdout.write(
        `seed ${seed}: PATCHFERRY_SEED=${seed} draws the same targets and delays again\n`,
      )
      const random = seededRandom(seed)
      const reference = await playUndisturbed()
      expect(await verify(reference.scenario, reference.mirror, reference.outgoing)).toEqual([])
      const expected = await outcome(reference)
      const mails = [oldPatch, ...reference.scenario.acts.flatMap((act) => act.mails)]
      expect(await archived(reference)).toEqual(
        mails.map((mail) => blobOf(typeof mail === 'string' ? mail : mail.raw)).toSorted(),
      )
      const expectedFacts = facts(await status(reference))

      const kills: Kills = new Map()
      const startedAt = Date.now()
      let world = reference
      while (!isEnough(kills)) {
        world = await playKilled(random, kills)
        const reached = await status(world)
        expect(reached.jobs['dead'] ?? 0).toBe(0)
        expect(await verify(world.scenario, world.mirror, world.outgoing)).toEqual([])
        expect(await outcome(world)).toEqual(expected)
        expect(facts(reached)).toEqual(expectedFacts)
      }
      const perStep = steps.map((step) => `${step} ${kills.get(step) ?? 0}`).join(', ')
      const seconds = Math.round((Date.now() - startedAt) / 1_000)
      process.stdout.write(`seed ${seed}: ${total(kills)} kills in ${seconds} s: ${perStep}\n`)
      for (const step of steps) {
        expect(kills.get(step) ?? 0, `kills at ${step}`).toBeGreaterThan(0)
      }

      // A person releases the held series; its branch and its report are what the rebuilt store has to know.
      await succeed(world, 'approve', world.scenario.heldAnchor)
      await liveAsService(world, [], null)
      const before = {
        outcome: await outcome(world),
        facts: facts(await status(world)),
        deliveries: await deliveries(world),
      }
      expect((await status(world)).topics).toContainEqual(
        expect.objectContaining({ name: expect.stringMatching(/^ci:/), state: 'success' }),
      )
      expect((await status(world)).topics).toContainEqual(
        expect.objectContaining({ name: 'words: add Polish', state: 'silent', branch: null }),
      )

      await deleteStore(world)
      await succeed(world, 'rebuild')
      const { acts } = await liveAsService(world, [], null)
      expect(acts.filter((act) => act !== 'apply')).toEqual([])
      expect(await outcome(world)).toEqual(before.outcome)
      expect(await deliveries(world)).toEqual(before.deliveries)
      expect(facts(await status(world))).toEqual(before.facts)
    },
    Math.max(20, wantedKills / 6) * 60_000,
  )
})
