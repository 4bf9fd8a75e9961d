import type { PatchFile } from '../../core/patch/patch-file.ts'
import { gitText } from '../cli/run-git.ts'
import type { CommitRange } from '../git-engine.ts'
import { unquote } from './diff-files.ts'
import type { Repository } from './repository.ts'

const rawLine =
  /^:(?<oldMode>\d{6}) (?<newMode>\d{6}) (?<oldBlob>[0-9a-f]+) (?<newBlob>[0-9a-f]+) \w+\t(?<name>.*)$/

/** What every commit of the range changes, oldest first; a merge is compared with each of its parents. */
export async function changedFiles(
  repository: Repository,
  range: CommitRange,
  signal: AbortSignal | undefined,
): Promise<readonly PatchFile[]> {
  const output = ['--raw', '--numstat', '--no-abbrev', '--no-renames', '--no-textconv', '--format=']
  const args = ['log', '--reverse', '--topo-order', '-m', ...output]
  const log = await gitText([...args, `${range.base}..${range.head}`], repository.view, signal)
  const lines = log.split('\n')
  // For every commit git prints all raw lines and then as many of numstat, in the same order.
  const binary = lines
    .filter((line) => /^(?:\d+|-)\t/.test(line))
    .map((line) => line.startsWith('-\t'))
  const raw = lines.map((line) => rawLine.exec(line)?.groups).filter((found) => found !== undefined)
  return raw.map((found, index) => {
    const name = Buffer.from(unquote(found['name'] ?? ''), 'latin1').toString('utf8')
    const oldMode = unlessZero(found['oldMode'])
    const newMode = unlessZero(found['newMode'])
    return {
      oldPath: oldMode === null ? null : name,
      newPath: newMode === null ? null : name,
      oldMode,
      newMode,
      oldBlob: unlessZero(found['oldBlob']),
      newBlob: unlessZero(found['newBlob']),
      isBinary: binary[index] ?? false,
    }
  })
}

function unlessZero(value: string | undefined): string | null {
  return value === undefined || /^0+$/.test(value) ? null : value
}
