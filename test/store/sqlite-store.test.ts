import { describeStoreContract } from '../contract/store-contract.ts'
import { openTempStore } from '../support/temp-store.ts'

describeStoreContract('SQLite', openTempStore)
