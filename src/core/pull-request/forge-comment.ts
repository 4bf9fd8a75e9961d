/** Somebody on a forge. */
export interface ForgeAccount {
  readonly login: string
  /** A program: another bot, an App, or we ourselves. */
  readonly isBot: boolean
}

/** A comment below a pull request that belongs to no line. */
export interface ForgeComment {
  readonly id: string
  readonly url: string
  readonly author: ForgeAccount
  /** As written, our marker included. */
  readonly body: string
  /** Of our hidden marker, where we wrote it; null for a comment of anybody else. */
  readonly key: string | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** What an account may do with the repository; `none` also for an account that does not exist. */
export type ForgePermission = 'admin' | 'write' | 'read' | 'none'
