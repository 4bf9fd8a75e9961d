import { openObjectStore } from '../../../src/git/objects/bare-object-store.ts'
import { describeObjectStoreContract } from '../../contract/object-store-contract.ts'

describeObjectStoreContract('the bare repository', (directory) => openObjectStore(directory))
