import type { Isolation } from '../../src/core/trust/isolation.ts'
import { commandTester } from '../../src/tester/command-tester.ts'

/** A service in a nutshell, to be killed: `tsx run-test-in-service.ts ISOLATION DIRECTORY COMMAND...`. */
const [kind = '', directory = '', ...argv] = process.argv.slice(2)
const isolation: Isolation =
  kind === 'bubblewrap' ? { kind: 'bubblewrap', readable: [] } : { kind: 'none' }
const request = { directory, argv, environment: {}, timeoutMs: 3_600_000 }
await commandTester(isolation).run(request, new AbortController().signal)
