import { dialectOf } from '../../src/forge/gitea/dialect.ts'
import { capabilitiesOf } from '../../src/forge/gitea/gitea-forge.ts'
import { describeForgeContract } from '../contract/forge-contract.ts'
import { openGiteaUnderTest } from '../support/fake-gitea/gitea-under-test.ts'
import { versions } from '../support/fake-gitea/versions.ts'

describeForgeContract(
  'Forgejo 11, heads same-repo',
  capabilitiesOf(dialectOf(versions['Forgejo 11'].version, false)),
  () => openGiteaUnderTest('Forgejo 11', 'same-repo'),
  ['crowds'],
)
