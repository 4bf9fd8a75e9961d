import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Terminal } from '../../src/app/terminal.ts'
import { importProgress } from '../../src/cli/import-progress.ts'

const never = new AbortController().signal

function terminalWith(options: { readonly isTTY: boolean }): {
  readonly terminal: Terminal
  readonly text: () => string
} {
  const stderr = Object.assign(new PassThrough(), { isTTY: options.isTTY, columns: 120 })
  const chunks: Buffer[] = []
  stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  return {
    terminal: {
      stdin: new PassThrough(),
      stdout: new PassThrough(),
      stderr,
      env: {},
      cwd: '/',
      isInteractive: true,
      draining: never,
      stopping: never,
      onHangup: () => () => undefined,
    },
    text: () => Buffer.concat(chunks).toString(),
  }
}

describe('the progress of an import', () => {
  it('is a bar with rate and time left where a person looks', async () => {
    const { terminal, text } = terminalWith({ isTTY: true })
    const total = Promise.resolve(1_000_000)
    const view = importProgress(terminal, total, false)
    await total
    view.show({ mails: 200, stored: 150, bytes: 500_000 })
    view.end()
    expect(text()).toMatch(
      /=+-+ 50% \| 200 mails read, 150 taken, \d+ a second, \d+ (?:s|min) left/,
    )
  })

  it('has a rate, and no time left, where nobody knows how much there is', async () => {
    const { terminal, text } = terminalWith({ isTTY: true })
    const total = Promise.resolve(null)
    const view = importProgress(terminal, total, false)
    await total
    view.show({ mails: 200, stored: 150, bytes: 500_000 })
    view.end()
    expect(text()).toMatch(/ 0% \| 200 mails read, 150 taken, \d+ a second *\S*$/m)
    expect(text()).not.toContain('left')
  })

  it.each([
    ['is no bar where standard error goes into a file', false, false],
    ['is nothing when nothing shall be said', true, true],
  ])('%s', (_what, isTTY, isQuiet) => {
    const { terminal, text } = terminalWith({ isTTY })
    const view = importProgress(terminal, Promise.resolve(5), isQuiet)
    view.show({ mails: 1, stored: 1, bytes: 5 })
    view.end()
    expect(text()).toBe('')
  })
})
