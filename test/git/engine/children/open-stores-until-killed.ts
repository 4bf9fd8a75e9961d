import path from 'node:path'
import { createRepository } from '../../../../src/git/engine/repository.ts'
import { openUpstreamStores } from '../../../../src/git/engine/upstream-store.ts'

/** Makes repositories and the stores they borrow from, one after the other, some out of a repository that has objects. */
const [folder = '', full = '', run = ''] = process.argv.slice(2)
process.stdout.write('ready\n')

for (let round = 0; ; round += 1) {
  const stores = openUpstreamStores(path.join(folder, 'upstreams'))
  const seed = path.join(folder, 'repositories', `${run}-${round}.git`)
  await createRepository(seed)
  await stores.open(`https://example.org/${run}/${round}`, round % 2 === 0 ? full : seed)
  await stores.open(`https://example.org/${run}/${round}`, seed)
  await stores.close()
  process.stdout.write(`${round}\n`)
}
