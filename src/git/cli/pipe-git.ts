import { pipeline } from 'node:stream/promises'
import { type GitOutput, gitFault, timeoutFault } from './run-git.ts'
import { type GitLocation, spawnGit, startFault, stopGit } from './spawn-git.ts'

const timeoutMs = 10 * 60 * 1000
const maxErrorLength = 64 * 1024

/**
 * Runs two git commands, the output of the first as the input of the second, without holding what passes
 * between them. Gives the output of the second, decoded. Throws as `gitText` does when either fails.
 */
export async function pipeGit(
  first: readonly string[],
  second: readonly string[],
  location: GitLocation,
  signal: AbortSignal | undefined,
): Promise<string> {
  signal?.throwIfAborted()
  const source = start(first, location)
  const sink = start(second, location)
  let isLate = false
  function stop(): void {
    source.stop()
    sink.stop()
  }
  const timer = setTimeout(() => {
    isLate = true
    stop()
  }, timeoutMs)
  signal?.addEventListener('abort', stop, { once: true })
  const chunks: Buffer[] = []
  sink.child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  source.child.stdin.end()
  // A side that ends early breaks the pipe: its exit status tells more than this does.
  const piped = pipeline(source.child.stdout, sink.child.stdin).catch(() => {})
  try {
    const outputs = await Promise.all([source.ended, sink.ended])
    await piped
    signal?.throwIfAborted()
    if (isLate) {
      throw timeoutFault(first, timeoutMs)
    }
    for (const [index, output] of outputs.entries()) {
      if (output.exitCode !== 0) {
        throw gitFault(index === 0 ? first : second, output)
      }
    }
    return Buffer.concat(chunks).toString('utf8')
  } finally {
    stop()
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

interface Running {
  readonly child: ReturnType<typeof spawnGit>
  readonly ended: Promise<GitOutput>
  stop(): void
}

function start(args: readonly string[], location: GitLocation): Running {
  const child = spawnGit(args, location)
  let isClosed = false
  const ended = new Promise<GitOutput>((resolve, reject) => {
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => {
      stderr = `${stderr}${chunk.toString('utf8')}`.slice(-maxErrorLength)
    })
    child.once('error', (error) => reject(startFault(error, location)))
    child.once('close', (code) => {
      isClosed = true
      resolve({ exitCode: code ?? 137, stdout: new Uint8Array(), stderr })
    })
  })
  return {
    child,
    ended,
    stop(): void {
      if (!isClosed) {
        stopGit(child)
      }
    },
  }
}
