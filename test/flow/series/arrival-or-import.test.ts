import Sqlite from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { takeMails } from '../../../src/flow/intake/take-mail.ts'
import { runDueJobs } from '../../../src/flow/run-jobs.ts'
import { assembleDue } from '../../../src/flow/series/assemble-mails.ts'
import { type FlowBench, openFlowBench } from '../../support/flow-bench.ts'

const never = new AbortController().signal
const runs = Number(process.env['PATCHFERRY_PROPERTY_RUNS'] ?? 3)

interface Sent {
  readonly id: string
  readonly from: string
  readonly subject: string
  readonly answers: readonly string[]
  readonly body: string
}

function patchOf(file: string): string {
  return `Why.\n---\ndiff --git a/${file} b/${file}\n--- a/${file}\n+++ b/${file}\n@@ -1 +1 @@\n-old\n+${file}\n`
}

/** Two versions of a series with a cover and a reviewed patch, the second one in reply to the first or not. */
function twoVersions(name: string, isReply: boolean): readonly Sent[] {
  const from = `${name}@example.org`
  return [1, 2].flatMap((version) => {
    const cover = `${name}-v${version}-0@example.org`
    const said = version === 1 ? 'PATCH' : `PATCH v${version}`
    const earlier = version === 2 && isReply ? [`${name}-v1-0@example.org`] : []
    const patches = [1, 2].map((number) => ({
      id: `${name}-v${version}-${number}@example.org`,
      from,
      subject: `[${said} ${number}/2] ${name}: part ${number}`,
      answers: [...earlier, cover],
      body: patchOf(`${name}/${number}${number === 1 ? '' : version}`),
    }))
    const reviewed = patches[0]?.id ?? ''
    return [
      { id: cover, from, subject: `[${said} 0/2] ${name}`, answers: earlier, body: 'Both.\n' },
      ...patches,
      {
        id: `re-${reviewed}`,
        from: 'rita@example.org',
        subject: `Re: [${said} 1/2] ${name}: part 1`,
        answers: [...earlier, cover, reviewed],
        body: 'Reviewed-by: Rita <rita@example.org>\n',
      },
    ]
  })
}

const sent: readonly Sent[] = [
  ...twoVersions('ada', true),
  ...twoVersions('bea', false),
  {
    id: 'lone@example.org',
    from: 'cid@example.org',
    subject: '[PATCH] alone',
    answers: [],
    body: patchOf('alone'),
  },
]

function toMail({ id, from, subject, answers, body }: Sent, minute: number): Buffer {
  const references = answers.map((each) => `<${each}>`).join(' ')
  return Buffer.from(
    `From: ${from.split('@')[0]} <${from}>\nSubject: ${subject}\nMessage-ID: <${id}>\n` +
      `Date: Thu, 1 Jan 2026 12:${String(minute).padStart(2, '0')}:00 +0000\n` +
      (references === '' ? '' : `References: ${references}\n`) +
      `\n${body}`,
  )
}

async function take(mails: readonly Buffer[], bench: FlowBench): Promise<void> {
  const deliveries = mails.map((raw) => ({
    raw,
    source: 'list',
    location: '-',
    arrivedAt: bench.now,
    isSilent: true,
  }))
  await takeMails(deliveries, bench.ports, async () => undefined, never)
}

/** All that is known of series and topics, but for numbers of rows. */
function known({ storeFile }: FlowBench): unknown {
  const store = new Sqlite(storeFile, { readonly: true })
  try {
    return [
      store.prepare('select facts from message order by blob').all(),
      store
        .prepare(
          `select name, version, minor, started_at, submitter, facts, project, routing, list, topic, linked_by, digest,
             is_silent from series join message_id on message_id.id = anchor order by name, version, minor`,
        )
        .all(),
      store.prepare('select * from topic order by topic').all(),
    ]
  } finally {
    store.close()
  }
}

/** What `work` leaves in a store of its own. */
async function after(work: (bench: FlowBench) => Promise<void>): Promise<unknown> {
  const bench = await openFlowBench()
  try {
    await work(bench)
    return known(bench)
  } finally {
    await bench.close()
  }
}

describe('an archive that is imported', () => {
  it(
    'gives the series and topics that its mails give when they arrive one by one, in any order',
    async () => {
      const mails = sent.map(toMail)
      const imported = await after(async (bench) => {
        await take(mails, bench)
        expect(await assembleDue(bench.now, bench.ports, { threads: 1000, mails: 2000 })).toBe(4)
      })

      await fc.assert(
        fc.asyncProperty(fc.shuffledSubarray(mails, { minLength: mails.length }), async (order) => {
          const arrived = await after(async (bench) => {
            for (const mail of order) {
              await take([mail], bench)
              await runDueJobs(['assemble'], 'worker', bench.ports, never, never)
            }
          })
          expect(arrived).toEqual(imported)
        }),
        { numRuns: runs },
      )
    },
    20_000 * runs,
  )
})
