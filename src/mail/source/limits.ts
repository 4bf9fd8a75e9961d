import { mailLimits } from '../parse/limits.ts'

/** No more is taken of one mail: enough that the parser says that it is too large, and memory stays bounded. */
export const maxTakenBytes = mailLimits.mailBytes + 1_000_000
