import { hostname } from 'node:os'
import type { Config } from '../config/config.ts'
import type { Installation } from '../core/watch/notice.ts'

/** How this Patchferry names itself to its operator. */
export function installationOf({ stateDirectory, projects }: Config): Installation {
  return { host: hostname(), stateDirectory, projects: projects.map(({ name }) => name) }
}
