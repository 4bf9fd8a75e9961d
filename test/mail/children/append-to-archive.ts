import { appendFileSync } from 'node:fs'
import { openObjectStore } from '../../../src/git/objects/bare-object-store.ts'
import { openPublicInboxArchive } from '../../../src/mail/public-inbox-archive.ts'
import { deliveryOf } from '../../support/delivery-of.ts'

/** Appends batches of mails `RUN/BATCH/NUMBER of SIZE` until it is killed, and notes each batch that is durable. */
const [directory = '', marks = '', run = ''] = process.argv.slice(2)
const { signal } = new AbortController()
const archive = await openPublicInboxArchive({
  directory,
  // Small limits, so that kills also fall into repacking and into the change of epochs.
  openStore: (folder) => openObjectStore(folder, { packsBeforeRepack: 6, staleLockMs: 2000 }),
  rotateBytes: 60_000,
})
process.stdout.write('ready\n')

for (let batch = 0; ; batch += 1) {
  const size = 1 + (batch % 4)
  const names = Array.from({ length: size }, (_, number) => `${run}/${batch}/${number} of ${size}`)
  await archive.append(
    names.map((name) => deliveryOf(`Subject: ${name}\n\n${'text '.repeat(batch % 50)}`)),
    signal,
  )
  appendFileSync(marks, names.map((name) => `${name}\n`).join(''))
}
