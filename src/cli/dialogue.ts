import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Dialogue } from '../app/init/dialogue.ts'
import type { Terminal } from '../app/terminal.ts'
import { BotError } from '../core/bot-error.ts'
import { printFinding } from './print-finding.ts'
import { print } from './terminal.ts'

interface Waiting {
  resolve(line: string): void
  reject(reason: unknown): void
}

/**
 * Asks on the terminal, line by line; what is typed for a secret is not shown. Lines that come before they are asked for wait,
 * so that answers can be piped in. Ctrl-C is a signal like any other.
 */
export function openDialogue(terminal: Terminal): Dialogue & { close(): void } {
  const { stdin, stdout, draining } = terminal
  const lines: string[] = []
  const waiting: Waiting[] = []
  let isMuted = false
  let isOver = false
  const shown = new Writable({
    write(chunk, encoding, done) {
      if (!isMuted) {
        stdout.write(chunk, encoding)
      }
      done()
    },
  })
  const isTerminal = 'isTTY' in stdin && stdin.isTTY === true
  const reader = createInterface({ input: stdin, output: shown, terminal: isTerminal })

  function rejectAll(reason: unknown): void {
    for (const one of waiting.splice(0)) {
      one.reject(reason)
    }
  }
  function nobody(): BotError {
    return new BotError('CLI_ANSWER_MISSING', 'the answers ended before the questions', {
      retry: 'never',
    })
  }
  function onAbort(): void {
    rejectAll(draining.reason)
  }

  reader.on('line', (line) => {
    const first = waiting.shift()
    if (first === undefined) {
      lines.push(line)
    } else {
      first.resolve(line)
    }
  })
  reader.on('close', () => {
    isOver = true
    rejectAll(nobody())
  })
  // In raw mode the terminal sends a character in place of the signal.
  reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  draining.addEventListener('abort', onAbort, { once: true })

  async function nextLine(): Promise<string> {
    draining.throwIfAborted()
    const line = lines.shift()
    if (line !== undefined) {
      return line
    }
    if (isOver) {
      throw nobody()
    }
    return new Promise<string>((resolve, reject) => waiting.push({ resolve, reject }))
  }

  return {
    async ask(text, isSecret) {
      stdout.write(text)
      isMuted = isSecret
      try {
        return (await nextLine()).trim()
      } finally {
        isMuted = false
        if (isSecret || !isTerminal) {
          stdout.write('\n')
        }
      }
    },
    tell(finding) {
      if (finding.check === 'answer') {
        const remedy = finding.remedy ?? ''
        print(terminal, `         ${finding.message}. ${remedy}`.trimEnd())
      } else {
        printFinding(terminal, finding)
      }
    },
    close() {
      draining.removeEventListener('abort', onAbort)
      reader.close()
    },
  }
}
