import { toSha } from '../../src/core/ids.ts'
import { plainForge } from '../../src/forge/plain/plain-forge.ts'
import { describeForgeContract } from '../contract/forge-contract.ts'

const plain = plainForge('file:///srv/mirror.git', null)

describeForgeContract('the plain forge', plain.capabilities, async () => ({
  forge: plain,
  moveBranch: async () => toSha('1'.repeat(40)),
  report: async () => {},
  runJob: async () => '',
  comment: async () => {},
  review: async () => {},
  label: async () => {},
  allow: async () => {},
  closeAsPerson: async () => {},
  close: async () => {},
}))
