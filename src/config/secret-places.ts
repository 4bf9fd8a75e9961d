import { child, isPresent, items, type Loose } from './loose.ts'

/** What a secret is written as; with `File` or `Command` at its end where one of those gives it. A `key` has many lines. */
export type SecretKey = 'token' | 'password' | 'secret' | 'key'

/** A secret is written as one of three keys: `token`, `tokenFile` or `tokenCommand`. */
export interface SecretPlace {
  /** The mapping that holds the keys. */
  readonly parent: Loose
  readonly key: SecretKey
  readonly isRequired: boolean
  readonly minLength: number
  /** Its command is not run here, but by who connects, each time. */
  readonly isAskedLater?: true
}

/** Every place of a configuration where a secret may stand, whatever else is wrong with it. */
export function secretPlaces(root: Loose): readonly SecretPlace[] {
  const web = child(root, 'web')
  const tokens = ['public', 'operator']
    .flatMap((listener) => items(child(child(web, listener), 'tokens')))
    .map((parent) => ({ parent, key: 'token', isRequired: true, minLength: 20 }) as const)
  const passwords = items(child(root, 'projects'))
    .flatMap((project) => [child(project, 'mirror'), child(project, 'upstream')])
    .map((parent) => {
      const isRequired = isPresent(child(parent, 'user'))
      return { parent, key: 'password', isRequired, minLength: 1 } as const
    })
  const smtp = child(child(root, 'delivery'), 'smtp')
  const servers = items(child(root, 'lists'))
    .flatMap((list) => items(child(list, 'sources')))
    .map((source) => child(source, 'imap'))
    .concat(isPresent(child(smtp, 'user')) ? smtp : [])
    .filter(isPresent)
    .map((parent) => {
      const commands = ['passwordCommand', 'tokenFile', 'tokenCommand'].map((key) =>
        child(parent, key),
      )
      return {
        parent,
        key: 'password',
        isRequired: !commands.some(isPresent),
        minLength: 1,
        isAskedLater: true,
      } as const
    })
  const forges = items(child(root, 'forges'))
  const accounts = forges.map((parent): SecretPlace => {
    const isRequired = !isPresent(child(parent, 'app'))
    return { parent, key: 'token', isRequired, minLength: 8 }
  })
  const apps = forges
    .map((one) => child(one, 'app'))
    .filter(isPresent)
    .map((parent): SecretPlace => ({ parent, key: 'key', isRequired: true, minLength: 64 }))
  const webhooks = forges
    .map((one) => child(one, 'webhook'))
    .filter(isPresent)
    .map((parent): SecretPlace => ({ parent, key: 'secret', isRequired: true, minLength: 20 }))
  return [...tokens, ...passwords, ...servers, ...accounts, ...apps, ...webhooks]
}
