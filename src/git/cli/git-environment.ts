import { devNull } from 'node:os'
import { inheritedByGit } from '../../util/inherited-by-git.ts'

/** A configuration setting for one call, `['http.extraHeader', 'Authorization: ...']`. */
export type GitSetting = readonly [key: string, value: string]

/** Switches off what a repository's own configuration could start or change. */
const neutralSettings: readonly GitSetting[] = [
  ['core.hooksPath', devNull],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', devNull],
  ['core.excludesFile', devNull],
  ['core.logAllRefUpdates', 'false'],
  ['core.filesRefLockTimeout', '10000'],
  ['core.packedRefsTimeout', '10000'],
  ['credential.helper', ''],
  ['commit.gpgSign', 'false'],
  ['tag.gpgSign', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
]

/**
 * The whole environment of a git process: nothing of the system's or the user's configuration, no prompt,
 * one language, one time zone. Settings travel here and not in the arguments, which other users can read.
 */
export function gitEnvironment(
  settings: readonly GitSetting[],
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const environment: Record<string, string> = {
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_CONFIG_SYSTEM: devNull,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
    GIT_EDITOR: ':',
    GIT_PAGER: 'cat',
    GIT_ALLOW_PROTOCOL: 'file:http:https:ssh:git',
  }
  for (const name of ['PATH', ...inheritedByGit]) {
    const value = process.env[name]
    if (value !== undefined) {
      environment[name] = value
    }
  }
  const all = [...neutralSettings, ...settings]
  environment['GIT_CONFIG_COUNT'] = String(all.length)
  for (const [index, [key, value]] of all.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key
    environment[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return { ...environment, ...extra }
}
