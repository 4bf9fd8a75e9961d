export type Permission = 'admin' | 'write' | 'read' | 'none'

export interface Account {
  readonly id: number
  readonly login: string
  readonly isBot: boolean
}

/** Who is known to a forge, by what token, and what each may do. */
export interface Accounts {
  /** The account of that name; made where it is new. */
  add(login: string, options?: { readonly isBot?: boolean }): Account
  find(login: string): Account | null
  all(): readonly Account[]
  /** A new token, good for everything that the account may do. */
  token(login: string): string
  /** Whose token it is; null for one that is not good (any more). */
  ofToken(token: string): Account | null
  revoke(token: string): void
  allow(repository: string, login: string, permission: Permission): void
  /** What was allowed; `read` for everybody else who has an account, as on a public repository. */
  permission(repository: string, login: string): Permission
}

export function openAccounts(tokenPrefix: string): Accounts {
  const accounts = new Map<string, Account>()
  const tokens = new Map<string, string>()
  const permissions = new Map<string, Permission>()
  const accountsHere: Accounts = {
    add(login, { isBot = false } = {}) {
      const known = accounts.get(login.toLowerCase())
      const account = known ?? { id: 1000 + accounts.size, login, isBot }
      accounts.set(login.toLowerCase(), account)
      return account
    },
    all: () => [...accounts.values()],
    find: (login) => accounts.get(login.toLowerCase()) ?? null,
    token(login) {
      const token = `${tokenPrefix}${String(tokens.size + 1).padStart(36, '0')}`
      tokens.set(token, login)
      return token
    },
    ofToken(token) {
      const login = tokens.get(token)
      return login === undefined ? null : accountsHere.find(login)
    },
    revoke(token) {
      tokens.delete(token)
    },
    allow(repository, login, permission) {
      accountsHere.add(login)
      permissions.set(`${repository} ${login}`.toLowerCase(), permission)
    },
    permission(repository, login) {
      const everybody = accountsHere.find(login) === null ? 'none' : 'read'
      return permissions.get(`${repository} ${login}`.toLowerCase()) ?? everybody
    },
  }
  return accountsHere
}
