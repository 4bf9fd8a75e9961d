import type { Migration } from '../migrate.ts'
import { firstSchema } from './0001-first-schema.ts'

/** In order. */
export const migrations: readonly Migration[] = [firstSchema]
