import path from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { seededRandom } from './seeded-random.ts'

/** What takes longest on two cores, longest first; a file that is not named here takes less than each of them. */
const longest = [
  'test/e2e/kill.test.ts',
  'test/e2e/forge-kill.test.ts',
  'test/e2e/smtp-faults.test.ts',
  'test/e2e/smtp-kill.test.ts',
  'test/web/dashboard-e2e.test.ts',
  'test/mail/source/public-inbox.test.ts',
  'test/e2e/reports.test.ts',
  'test/e2e/corrections.test.ts',
  'test/git/engine/git-engine.test.ts',
  'test/e2e/stacked.test.ts',
  'test/git/engine/apply-faithful.test.ts',
  'test/e2e/import-pipe.test.ts',
  'test/flow/pull-request/pull-request-people.test.ts',
  'test/e2e/restore.test.ts',
  'test/e2e/imap-service.test.ts',
  'test/e2e/publish-together.test.ts',
]

/**
 * Shuffles the files by the seed of the run, but the long ones begin first: one that begins last would keep one core busy
 * alone.
 */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root, sequence } = this.ctx.config
    const random = seededRandom(sequence.seed)
    return files
      .map((file) => {
        const place = longest.indexOf(path.relative(root, file.moduleId))
        return { file, place: place === -1 ? longest.length + random() : place }
      })
      .toSorted((one, other) => one.place - other.place)
      .map(({ file }) => file)
  }
}
