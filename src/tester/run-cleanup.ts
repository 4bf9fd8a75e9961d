import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { promisify } from 'node:util'

/** What the programs podman and docker need of our own environment; no test gets any of it. */
const inherited = [
  'PATH',
  'XDG_RUNTIME_DIR',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'DBUS_SESSION_BUS_ADDRESS',
  'DOCKER_CONFIG',
  'DOCKER_CONTEXT',
  'DOCKER_HOST',
  'CONTAINER_HOST',
]

/** The environment of a container engine's client, whether it starts a test or ends one. */
export function engineEnvironment(): Record<string, string> {
  const found = inherited.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { HOME: homedir(), ...Object.fromEntries(found) }
}

/** Runs a cleanup command; that there was nothing to clean is no fault. */
export async function runCleanup(command: readonly string[] | null): Promise<void> {
  const [program, ...args] = command ?? []
  if (program !== undefined) {
    const options = { timeout: 60_000, env: engineEnvironment() }
    await promisify(execFile)(program, args, options).catch(() => undefined)
  }
}
