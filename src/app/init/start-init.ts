import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Bench } from './check-answers.ts'
import { type Dialogue, isAgreed } from './dialogue.ts'
import { type Interview, type InterviewOptions, interview } from './interview.ts'
import { exists, fileExists, type Written, writeConfig } from './write-config.ts'

interface InitOptions extends InterviewOptions {
  /** Without asking. */
  readonly mayReplace: boolean
}

/**
 * `patchferry init` but for what it prints: asks, tries, and writes once all is known and agreed to. Null where the person
 * did not want it written. Throws CLI_FILE_EXISTS where nobody is there to ask, CLI_ANSWER_*.
 */
export async function startInit(
  options: InitOptions,
  dialogue: Dialogue | null,
  bench: Omit<Bench, 'directory'>,
): Promise<{ readonly interview: Interview; readonly written: Written } | null> {
  const { file } = options
  let { mayReplace } = options
  if (!mayReplace && (await exists(file))) {
    if (dialogue === null) {
      throw fileExists(file)
    }
    mayReplace = await isAgreed(dialogue, `${file} is there already. Write over it?`, false)
    if (!mayReplace) {
      return null
    }
  }
  const directory = await mkdtemp(path.join(tmpdir(), 'patchferry-init-'))
  try {
    const done = await interview(options, dialogue, { ...bench, directory })
    if (dialogue !== null && !(await isAgreed(dialogue, `Write ${file}?`, true))) {
      return null
    }
    bench.terminal.draining.throwIfAborted()
    return { interview: done, written: await writeConfig(done, mayReplace) }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
