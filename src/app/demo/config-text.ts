import { type DemoForge, demoBranch } from './demo-forge.ts'
import { listAddress, listId } from './mails.ts'

/** What the configuration of the demo depends on. */
export interface DemoSettings {
  /** How long a complete series rests, as the configuration writes it. */
  readonly settle: string
  /** Null: a repository in the folder itself, without pull requests. */
  readonly forge: DemoForge | null
}

const mirrorHere = `    mirror:
      forge: plain
      url: ./mirror.git
    branches: [main]
`

const testsHere = `    tests:
      name: test
      command: [sh, test.sh]
      timeout: 1m
      # The demo runs its own patches. For those of strangers: bubblewrap or container.
      isolation: none
`

function forgeSection({ kind, url, tokenSetting }: DemoForge): string {
  return `forges:
  - name: forge
    kind: ${kind}
    url: ${JSON.stringify(url)}
    ${tokenSetting}
    poll: 1m
`
}

function mirrorOn({ cloneUrl }: DemoForge): string {
  return `    mirror:
      forge: forge
      url: ${JSON.stringify(cloneUrl)}
      # The repository was made for this: it has no secrets, and every patch is the demo's own.
      placement: secretless-mirror
    branches: [${demoBranch}]
`
}

function testsOn({ runner }: DemoForge): string {
  return runner === null
    ? `${testsHere}    checks:
      quiet: 1s
`
    : `    checks:
      quiet: 5s
`
}

/** The text of `patchferry.yml` in the folder of a demo. */
export function configText({ settle, forge }: DemoSettings): string {
  const what =
    forge === null
      ? 'every part is embedded, nothing leaves this folder'
      : `all but ${forge.cloneUrl} is in this folder`
  return `# Written by \`patchferry demo\`: ${what}.
state: ./state
bot:
  name: Patchferry
  address: patchferry@example.org
${forge === null ? '' : forgeSection(forge)}lists:
  - name: hello-devel
    address: ${listAddress}
    listId: ${listId}
    sources:
      - maildir: ./inbox
        poll: 1s
projects:
  - name: hello
    lists: [hello-devel]
    upstream:
      url: ./upstream.git
${forge === null ? mirrorHere : mirrorOn(forge)}    settle: ${settle}
${forge === null ? testsHere : testsOn(forge)}    reports:
      deadline: ${forge?.runner ? '10m' : '1d'}
      # The default tells nobody of success; the demo shows all there is.
      success: author-and-list
      failure: author-and-list
      error: author-and-list
      conflict: author-and-list
      damaged: author-and-list
      baseMissing: author-and-list
      held: author-and-list
      problem: author-and-list
delivery:
  maildir: ./outgoing
web:
  public:
    host: 127.0.0.1
    port: 0
  operator:
    host: 127.0.0.1
    port: 0
    tokens:
      - name: demo
        tokenFile: ./operator-token
log:
  level: info
`
}
