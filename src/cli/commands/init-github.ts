import path from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import { print } from '../terminal.ts'

interface Options {
  readonly webhook: string
  readonly org?: string
  readonly name?: string
  readonly url: string
  readonly port: number
  readonly secrets: string
}

function toUrl(text: string): string {
  if (!/^https?:\/\/[^/\s]+/i.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('Write an address such as https://ci.example.org.')
  }
  return text.replace(/\/+$/, '')
}

function toPort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('Write a port number.')
  }
  return port
}

function apiOf(url: string): string {
  return url === 'https://github.com' ? 'https://api.github.com' : `${url}/api/v3`
}

/** `patchferry init github`: registers the GitHub App by clicking. */
export function addInitGithub(init: Command, terminal: Terminal): void {
  init
    .command('github')
    .description('register a GitHub App by clicking, and keep its key and webhook secret in files')
    .requiredOption(
      '--webhook <url>',
      'where GitHub reaches the public listener: https://HOST/webhooks/github',
      toUrl,
    )
    .option('--org <name>', 'organization that owns the App (default: your own account)')
    .option('--name <name>', 'name of the App; GitHub takes each name once')
    .option(
      '--url <url>',
      'address of GitHub or of an Enterprise server',
      toUrl,
      'https://github.com',
    )
    .option('--port <port>', 'port of the page on this machine; 0: any free one', toPort, 0)
    .option('--secrets <folder>', 'folder for the two secrets', './secrets')
    .addHelpText(
      'after',
      `
Example:
  patchferry init github --webhook https://ci.example.org/webhooks/github --org example`,
    )
    .action(async (options: Options) => {
      const { registerGithubApp } = await import('../../app/forge/register-github-app.ts')
      const { app, keyFile, secretFile } = await registerGithubApp(
        {
          githubUrl: options.url,
          apiUrl: apiOf(options.url),
          organization: options.org ?? null,
          name: options.name ?? null,
          webhookUrl: options.webhook,
          port: options.port,
          folder: path.resolve(terminal.cwd, options.secrets),
        },
        (url) => {
          print(terminal, `Open ${url} in a browser on this machine, and follow it to GitHub.`)
        },
        terminal.draining,
      )
      const own = options.url === 'https://github.com' ? [] : [`    url: ${options.url}`]
      print(
        terminal,
        [
          `\nThe App ${app.name} is registered. Install it on the mirror, and on the bot's fork where there is one:`,
          `  ${app.url}/installations/new`,
          '\nPut this into patchferry.yml:',
          '\nforges:',
          '  - name: github',
          '    kind: github',
          ...own,
          `    app: { id: ${app.id}, keyFile: ${keyFile} }`,
          `    webhook: { secretFile: ${secretFile} }`,
        ].join('\n'),
      )
    })
}
