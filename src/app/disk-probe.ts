import { statfs } from 'node:fs/promises'
import type { HealthProbe } from '../web/ports.ts'

const warnBelowBytes = 1024 ** 3
const failBelowBytes = 64 * 1024 ** 2

/** How much room the state folder has left. */
export function diskProbe(directory: string): HealthProbe {
  return {
    name: 'free-disk',
    async look() {
      const { bavail, bsize } = await statfs(directory)
      const free = bavail * bsize
      const level = free < failBelowBytes ? 'failing' : free < warnBelowBytes ? 'warning' : 'ok'
      return [
        {
          check: 'free-disk',
          level,
          message: `${Math.floor(free / 1024 ** 2)} MB free for the state folder`,
          remedy:
            level === 'ok' ? null : 'Make room: mail waits, unharmed, while the disk is full.',
          value: free,
          unit: 'bytes',
        },
      ]
    },
  }
}
