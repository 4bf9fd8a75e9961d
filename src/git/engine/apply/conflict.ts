import type { Conflict } from '../../../core/apply/application.ts'
import { gitBytes } from '../../cli/run-git.ts'
import { touchedPaths } from '../diff-files.ts'
import type { ApplyArea } from './apply-area.ts'
import type { MailPatch } from './mail-patch.ts'

/** What git tells people to do in a work tree that is gone when they read it. */
const advice =
  /^(?:hint: |Applying: |When you have resolved this problem|If you prefer to skip this patch|To restore the original branch|Patch failed at |Use 'git am |The copy of the patch that failed)/

const maxOutputLength = 20_000

/** What a refused patch is reported with, as far as git says it. */
export async function describeConflict(
  area: ApplyArea,
  patch: MailPatch,
  said: { readonly stdout: string; readonly stderr: string },
  signal: AbortSignal | undefined,
): Promise<Omit<Conflict, 'hunks' | 'olderBase'>> {
  const text = `${said.stdout}\n${said.stderr}`.replaceAll(`${area.directory}/`, '')
  const output = text
    .split('\n')
    .filter((line) => line.trim() !== '' && !advice.test(line))
    .join('\n')
    .slice(0, maxOutputLength)
  return {
    number: patch.mail.number,
    messageId: patch.mail.messageId,
    paths: await conflictPaths(area, patch, output, signal),
    output,
  }
}

/** The unmerged files of a failed merge; else the files of the patch that git names; else all of its files. */
async function conflictPaths(
  area: ApplyArea,
  patch: MailPatch,
  output: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const listing = await gitBytes(['ls-files', '-u', '-z'], area.location, signal)
  const unmerged = Buffer.from(listing)
    .toString('utf8')
    .split('\0')
    .map((entry) => entry.slice(entry.indexOf('\t') + 1))
    .filter((name) => name !== '')
  if (unmerged.length > 0) {
    return [...new Set(unmerged)]
  }
  const touched = [...(touchedPaths(patch.patch) ?? [])].map((name) =>
    Buffer.from(name, 'latin1').toString('utf8'),
  )
  const errors = output.split('\n').filter((line) => /^(?:error|fatal|warning): /.test(line))
  const named = touched.filter((name) => errors.some((line) => isNamedIn(line, name)))
  return named.length > 0 ? named : touched
}

function isNamedIn(line: string, name: string): boolean {
  const at = line.indexOf(name)
  const [before, after] = [line[at - 1] ?? '', line[at + name.length] ?? '']
  return at !== -1 && /^[\s"'(]?$/.test(before) && /^[\s"'):]?$/.test(after)
}
