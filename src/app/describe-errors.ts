import { errorCatalogue } from './error-catalogue.ts'

const introduction = `# Errors

Made from the catalogues \`src/*/*-error.ts\` by \`npm run docs\`: do not edit.

Every fault has a code that stays the same. The command line prints it with what is wrong and what to do, the log has
it as \`err.code\`, the API as \`code\`. A code begins with the part of Patchferry that raises it.
`

const titles: Readonly<Record<string, string>> = {
  CLI: 'Command line',
  CONFIG: 'Configuration',
  FLOW: 'Flow',
  FORGE: 'Forge',
  GIT: 'Git',
  MAIL: 'Mail',
  REPORT: 'Reports',
  STORE: 'Store',
  TESTER: 'Tests',
  WEB: 'Web',
}

function prefixOf(code: string): string {
  return code.slice(0, code.indexOf('_'))
}

/** The text of docs/errors.md: a function of the catalogues alone. */
export function describeErrors(): string {
  const entries = Object.entries(errorCatalogue)
  const prefixes = [...new Set(entries.map(([code]) => prefixOf(code)))]
  const sections = prefixes.map((prefix) => {
    const own = entries
      .filter(([code]) => prefixOf(code) === prefix)
      .map(
        ([code, { meaning, remedy }]) => `### ${code}\n\n${meaning}\n\n*What to do:* ${remedy}\n`,
      )
    return [`## ${titles[prefix] ?? prefix}\n`, ...own].join('\n')
  })
  return [introduction, ...sections].join('\n')
}
