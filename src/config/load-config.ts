import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Document, LineCounter, parseDocument } from 'yaml'
import { BotError } from '../core/bot-error.ts'
import type { Config } from './config.ts'
import { crossCheck } from './cross-check.ts'
import { configEntries, keyPathText } from './entries.ts'
import { explainIssue } from './explain-issue.ts'
import { locate, toPosition } from './locate.ts'
import type { Loose } from './loose.ts'
import { type ConfigProblem, type Finding, invalidConfig, secretsUnread } from './problem.ts'
import { runSecretCommand } from './run-secret-command.ts'
import { schema } from './schema/schema.ts'
import { readSecrets, type SecretsRead, type Surroundings } from './secrets.ts'
import { toConfig } from './to-config.ts'

const yamlRemedy =
  'Correct the YAML there: indentation with blanks, a blank after `:`, quotes around text with special characters.'

function yamlProblems(file: string, document: Document, lines: LineCounter): ConfigProblem[] {
  return [...document.errors, ...document.warnings].map((fault) => ({
    file,
    ...toPosition(lines, fault.pos[0]),
    key: '',
    message: `cannot be read as YAML: ${fault.message}`,
    remedy: yamlRemedy,
  }))
}

function isCircular(value: unknown): boolean {
  try {
    JSON.stringify(value)
    return false
  } catch {
    return true
  }
}

/** The document as plain values; aliases may be too many, or lead nowhere or back into what they name. */
function toPlain(file: string, document: Document): unknown {
  try {
    const value: unknown = document.toJS()
    if (isCircular(value)) {
      throw new Error('an alias is part of what it names')
    }
    return value
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `cannot be read as YAML: ${reason}`
    throw invalidConfig(file, [{ file, line: 1, column: 1, key: '', message, remedy: yamlRemedy }])
  }
}

function checkEnvironment(environment: Surroundings['environment']): void {
  if ((environment['DATABASE_URL'] ?? '') !== '') {
    throw new BotError(
      'CONFIG_POSTGRES_UNSUPPORTED',
      'DATABASE_URL is set, but a PostgreSQL store is not supported yet',
      { retry: 'after-human' },
    )
  }
}

/**
 * Checks the text of a configuration file and gives the frozen configuration. `file` is what problems name;
 * relative paths are relative to its folder. Throws CONFIG_INVALID with every problem in `details.problems`, or
 * CONFIG_SECRET_UNREADABLE where all there is is a program that gives no secret just now.
 */
export function parseConfig(
  text: string,
  file: string,
  surroundings: Surroundings,
  secretsRead: SecretsRead = 'now',
): Config {
  checkEnvironment(surroundings.environment)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const broken = yamlProblems(file, document, lines)
  if (broken.length > 0) {
    throw invalidConfig(file, broken)
  }
  const absolute = path.resolve(file)
  const root: Loose = { keyPath: [], value: toPlain(file, document) }
  const result = schema.safeParse(root.value, { reportInput: true })
  const entries = configEntries()
  const secrets = readSecrets(root, path.dirname(absolute), surroundings, secretsRead)
  const findings: readonly Finding[] = [
    ...(result.error?.issues ?? []).flatMap((issue) => explainIssue(issue, entries)),
    ...crossCheck(root, path.dirname(absolute)),
    ...secrets.findings,
  ]
  if (!result.success || findings.length > 0) {
    const problems = findings.map(({ keyPath, at, message, remedy }) => ({
      file,
      ...locate(document, lines, keyPath, at),
      key: keyPathText(keyPath),
      message,
      remedy,
    }))
    throw findings.every(({ isPassing }) => isPassing === true)
      ? secretsUnread(problems)
      : invalidConfig(file, problems)
  }
  return toConfig(absolute, result.data, secrets)
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const reason = error instanceof Error ? error.message : String(error)
    throw isMissing
      ? new BotError('CONFIG_MISSING', `there is no configuration file ${file}`, {
          retry: 'after-human',
          details: { file },
          cause: error,
        })
      : new BotError('CONFIG_UNREADABLE', `the configuration file cannot be read: ${reason}`, {
          retry: 'after-human',
          details: { file },
          cause: error,
        })
  }
}

/** Reads and checks a configuration file. Throws CONFIG_MISSING, CONFIG_UNREADABLE and what `parseConfig` throws. */
export async function loadConfig(
  file: string,
  environment: Surroundings['environment'],
  secretsRead: SecretsRead = 'now',
): Promise<Config> {
  const surroundings: Surroundings = {
    environment,
    readFile: (secretFile) => readFileSync(secretFile, 'utf8'),
    runCommand: (argv) => runSecretCommand(argv, environment),
  }
  return parseConfig(await readText(file), file, surroundings, secretsRead)
}
