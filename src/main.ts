#!/usr/bin/env node
import { isPipe } from './cli/pipe.ts'

const args = process.argv.slice(2)

process.on('uncaughtException', (error) => {
  process.stderr.write(`patchferry: INTERNAL: ${error.stack ?? error.message}\n`)
  process.exit(isPipe(args) ? 75 : 70)
})

// Imported late, so that a broken installation has an exit code of ours too.
const { run } = await import('./cli/run.ts')
const { processTerminal } = await import('./cli/terminal.ts')
process.exitCode = await run(args, processTerminal())
