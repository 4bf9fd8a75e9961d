import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { RefName } from '../../../../src/core/ids.ts'
import { toSha } from '../../../../src/core/ids.ts'
import { openGitEngine } from '../../../../src/git/engine/open-git-engine.ts'
import { readAsGit } from '../../../../src/mail/parse/read-as-git.ts'
import { toPatchMails } from '../../../support/patch-mails.ts'

/** Applies series on the base, keeps each by a ref and prints its head, again and again until it is killed. */
const [gitDir = '', mails = '', base = '', run = ''] = process.argv.slice(2)
const { signal } = new AbortController()
const committer = { name: 'Patchferry', address: 'patchferry@localhost' }
const engine = await openGitEngine(gitDir, { readMail: readAsGit })
const files = readdirSync(mails).toSorted()
process.stdout.write('ready\n')

for (let round = 0; ; round += 1) {
  const patches = toPatchMails(
    files.map((file) =>
      Buffer.from(
        readFileSync(path.join(mails, file), 'utf8').replace(
          'Subject: ',
          `Subject: ${run}.${round} `,
        ),
      ),
    ),
  )
  const request = { base: toSha(base), patches, committer, skipMerged: false }
  const applied = await engine.apply(request, signal)
  if (applied.outcome !== 'applied') {
    throw new Error(`the series did not apply: ${applied.outcome}`)
  }
  await engine.updateRefs([{ ref: `refs/heads/r${run}-${round}` as RefName, target: applied.head }])
  process.stdout.write(`${round} ${applied.head}\n`)
}
