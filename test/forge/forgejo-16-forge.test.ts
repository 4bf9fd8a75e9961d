import { dialectOf } from '../../src/forge/gitea/dialect.ts'
import { capabilitiesOf } from '../../src/forge/gitea/gitea-forge.ts'
import { describeForgeContract } from '../contract/forge-contract.ts'
import { openGiteaUnderTest } from '../support/fake-gitea/gitea-under-test.ts'
import { versions } from '../support/fake-gitea/versions.ts'

describeForgeContract(
  'Forgejo 16, heads fork',
  capabilitiesOf(dialectOf(versions['Forgejo 16'].version, false)),
  () => openGiteaUnderTest('Forgejo 16', 'fork'),
  [],
)
