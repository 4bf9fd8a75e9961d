import { dialectOf } from '../../src/forge/gitea/dialect.ts'
import { capabilitiesOf } from '../../src/forge/gitea/gitea-forge.ts'
import { describeForgeContract } from '../contract/forge-contract.ts'
import { openGiteaUnderTest } from '../support/fake-gitea/gitea-under-test.ts'
import { versions } from '../support/fake-gitea/versions.ts'

describeForgeContract(
  'Gitea 1.25, heads fork',
  capabilitiesOf(dialectOf(versions['Gitea 1.25'].version, false)),
  () => openGiteaUnderTest('Gitea 1.25', 'fork'),
  ['crowds'],
)
