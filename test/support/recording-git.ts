import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface RecordingGit {
  /** For PATH: its `git` is the real one, and all that it starts is recorded. */
  readonly path: string
  /** Arguments of every git process so far, of those that git started too, in no order. */
  commands(): readonly (readonly string[])[]
  /** Takes back what was recorded. */
  forget(): void
  remove(): void
}

/** Records by git's own trace (`GIT_TRACE2_EVENT`, one file for each process), unredacted. */
export function recordingGit(): RecordingGit {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-recording-'))
  const traces = path.join(folder, 'traces')
  const previous = process.env['PATH'] ?? ''
  mkdirSync(traces)
  const script = path.join(folder, 'git')
  const settings = `GIT_TRACE2_EVENT='${traces}' GIT_TRACE_REDACT=0`
  writeFileSync(script, `#!/bin/sh\nPATH='${previous}' ${settings} exec git "$@"\n`)
  chmodSync(script, 0o755)
  return {
    path: `${folder}:${previous}`,
    commands: () =>
      readdirSync(traces).flatMap((name) =>
        readFileSync(path.join(traces, name), 'utf8')
          .split('\n')
          .filter((line) => line.includes('"argv":'))
          .map((line) => (JSON.parse(line) as { readonly argv: readonly string[] }).argv),
      ),
    forget() {
      rmSync(traces, { recursive: true })
      mkdirSync(traces)
    },
    remove() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
