import { execFile } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { promisify } from 'node:util'

export interface OutputPipe {
  /** File descriptor for standard output and standard error of a child. */
  readonly writeEnd: number
  /** To be called once the child has its own copy. */
  closeWriteEnd(): void
  /** Resolves when every process has closed its end and all was read. */
  readonly drained: Promise<void>
  /** Stops reading, whoever still writes, and closes what is open. */
  destroy(): void
}

/**
 * One named pipe for both outputs of a test. Node's own would be two, which loses their order, and sockets,
 * which a script cannot open as /dev/stderr.
 */
export async function openOutputPipe(
  file: string,
  onData: (chunk: Uint8Array) => void,
): Promise<OutputPipe> {
  await promisify(execFile)('mkfifo', ['-m', '600', file])
  const readEnd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  const writeEnd = openSync(file, constants.O_WRONLY)
  const socket = new Socket({ fd: readEnd, readable: true, writable: false })
  const drained = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
  })
  socket.on('data', onData)
  // A broken pipe is an end of the output like any other; 'close' follows.
  socket.on('error', () => undefined)
  let isWriteEndOpen = true
  function closeWriteEnd(): void {
    if (isWriteEndOpen) {
      isWriteEndOpen = false
      closeSync(writeEnd)
    }
  }
  return {
    writeEnd,
    closeWriteEnd,
    drained,
    destroy: () => {
      closeWriteEnd()
      socket.destroy()
    },
  }
}
