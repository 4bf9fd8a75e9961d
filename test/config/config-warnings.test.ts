import { expect, it } from 'vitest'
import { configWarnings } from '../../src/config/config-warnings.ts'
import { parseConfig } from '../../src/config/load-config.ts'
import { changedConfig } from '../support/config-text.ts'

const forges = [
  { name: 'codeberg', kind: 'forgejo', url: 'https://codeberg.org', token: '${TOKEN}' },
]

it.each<[Record<string, unknown>, readonly string[]]>([
  [{}, []],
  [{ approvers: ['ada@example.org'], authservIds: ['mx.example.org'] }, []],
  [{ approvers: ['ada@example.org'] }, ['trust.approvers']],
  [{ unknownSenders: 'hold', authservIds: ['mx.example.org'] }, []],
  [
    { unknownSenders: 'hold', approvers: ['@example.org'] },
    ['trust.approvers', 'trust.unknownSenders'],
  ],
  [{ placement: 'secretless-mirror' }, []],
  [{ placement: 'same-repo' }, ['mirror.placement']],
])('%j is warned of: %j', (given, about) => {
  const { placement, ...trust } = given
  const url = 'https://codeberg.org/example/hello.git'
  const mirror =
    placement === undefined ? {} : { 'projects.0.mirror': { forge: 'codeberg', url, placement } }
  const text = changedConfig({ forges, ...mirror, 'projects.0.trust': trust })
  const config = parseConfig(text, '/etc/patchferry/patchferry.yml', {
    environment: { TOKEN: 'forge-token-of-some-length' },
    readFile: () => '',
  })
  expect(configWarnings(config).map((one) => one.about)).toEqual(
    about.map((key) => `project hello: ${key}`),
  )
  expect(configWarnings(config).every(({ remedy }) => remedy.endsWith('.'))).toBe(true)
})
