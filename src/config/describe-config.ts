import { type ConfigEntry, configEntries } from './entries.ts'
import { exampleConfig, sampleAnswers } from './example-config.ts'

const introduction = `# Configuration

Made from the schema in \`src/config/schema/\` by \`npm run docs\`: do not edit.

One YAML file, \`patchferry.yml\` unless \`--config FILE\` names another. All mistakes are reported at once, each with
its line and column; an unknown key is a mistake. Relative paths are relative to the folder of the file.

- *duration*: a whole number and a unit, \`30s\`, \`10m\`, \`2h\`, \`1d\`.
- *size*: a whole number and a unit of 1024, \`64KB\`, \`1MB\`, \`2GB\`.
- *repository*: an https, http, ssh, git or file URL, \`user@host:path\`, or a path. Never with a password in it.
- *secret*: only \`\${NAME}\`, the value of an environment variable. A secret itself never stands in the file.
- *secret file*: path of a file with nothing but the secret; it may begin with a variable, as in
  \`\${CREDENTIALS_DIRECTORY}/token\` under systemd.

\`DATABASE_URL\` must not be set: the store is SQLite for now.

## Example
`

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function fallbackCell(entry: ConfigEntry): string {
  if (entry.isRequired) {
    return '*required*'
  }
  return entry.fallback ?? (entry.isSection ? 'see below' : 'none')
}

function row(entry: ConfigEntry): string {
  const example = entry.example === null ? '' : ` For example \`${entry.key}: ${entry.example}\`.`
  const cells = [
    `\`${entry.key}\``,
    cell(entry.type),
    cell(fallbackCell(entry)),
    cell(`${entry.description}${example}`),
  ]
  return `| ${cells.join(' | ')} |`
}

function table(rows: readonly ConfigEntry[]): string {
  return ['| key | type | default | meaning |', '|---|---|---|---|', ...rows.map(row), ''].join(
    '\n',
  )
}

function parentOf(entry: ConfigEntry): string {
  return entry.pattern.slice(0, -entry.key.length).replace(/(?:\[\])?\.$/, '')
}

/** The text of docs/configuration.md: a function of the schema alone. */
export function describeConfig(): string {
  const entries = configEntries()
  const sections = entries
    .filter((entry) => entry.isSection)
    .map((section) => {
      const rows = entries.filter((entry) => parentOf(entry) === section.pattern)
      return `## \`${section.pattern}\`\n\n${section.description}\n\n${table(rows)}`
    })
  const top = entries.filter((entry) => parentOf(entry) === '')
  const example = `\n\`\`\`yaml\n${exampleConfig(sampleAnswers).trimEnd()}\n\`\`\`\n`
  return [introduction + example, `## Top level\n\n${table(top)}`, ...sections].join('\n')
}
