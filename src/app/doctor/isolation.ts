import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Isolation } from '../../core/trust/isolation.ts'
import { commandTester } from '../../tester/command-tester.ts'

/** Runs nothing in particular under this isolation. Returns why it cannot; null when it can. */
export async function tryIsolation(
  isolation: Isolation,
  signal: AbortSignal,
): Promise<string | null> {
  const folder = await mkdtemp(path.join(tmpdir(), 'patchferry-doctor-'))
  try {
    const result = await commandTester(isolation).run(
      { directory: folder, argv: ['true'], environment: {}, timeoutMs: 60_000 },
      signal,
    )
    switch (result.outcome) {
      case 'passed':
        return null
      case 'not-started':
        return result.reason
      case 'failed':
      case 'timed-out':
        return `even \`true\` does not succeed: ${result.output.trim()}`
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
