import { nearestWord } from '../util/nearest-word.ts'
import { isLocalRepository } from './fields.ts'
import { child, finding, isPresent, items, type Loose, textOf } from './loose.ts'
import type { Finding } from './problem.ts'
import { originOf, repositoryOn } from './repository-name.ts'

const plain = 'plain'

function checkAccount(forge: Loose): readonly Finding[] {
  const [kind, url] = [textOf(child(forge, 'kind')), child(forge, 'url')]
  const [app, webhook] = [child(forge, 'app'), child(forge, 'webhook')]
  const tokens = ['token', 'tokenFile', 'tokenCommand']
    .map((key) => child(forge, key))
    .filter(isPresent)
  const found: Finding[] = []
  if (kind !== 'github' && kind !== null && !isPresent(url)) {
    const remedy = 'Write the address of the server: `url: https://codeberg.org`.'
    found.push(finding(url, 'is missing', remedy, 'key'))
  }
  if (isPresent(app) && kind !== 'github') {
    found.push(finding(app, 'is for GitHub alone', 'Use `tokenFile`.', 'key'))
  }
  if (isPresent(app)) {
    const beside = 'is given beside `app`'
    found.push(...tokens.map((one) => finding(one, beside, 'Keep one of them.', 'key')))
  }
  if (isPresent(app) && !isPresent(webhook)) {
    const remedy =
      'Write `webhook: { secretFile: ./secrets/webhook }` with the secret that the App was registered with.'
    found.push(finding(webhook, 'is missing: an App signs what it sends', remedy, 'key'))
  }
  return found
}

/** The forge that a mirror names; null for `plain`, and for a name that is wrong. */
function forgeOf(mirror: Loose, root: Loose): Loose | null {
  const name = textOf(child(mirror, 'forge'))
  return items(child(root, 'forges')).find((one) => textOf(child(one, 'name')) === name) ?? null
}

function checkName(mirror: Loose, root: Loose): readonly Finding[] {
  const at = child(mirror, 'forge')
  const name = textOf(at)
  const names = items(child(root, 'forges')).flatMap((one) => textOf(child(one, 'name')) ?? [])
  const known = [plain, ...names]
  if (name === null || known.includes(name)) {
    return []
  }
  const nearest = nearestWord(name, known)
  const remedy =
    nearest === null
      ? `Add it to \`forges\`, or write one of ${known.join(', ')}.`
      : `Did you mean \`${nearest}\`?`
  return [finding(at, `is no forge of this file: ${name}`, remedy)]
}

function checkUrl(at: Loose, forge: Loose): readonly Finding[] {
  const url = textOf(at)
  if (url === null) {
    return []
  }
  const origin = originOf(textOf(child(forge, 'url')) ?? 'https://github.com')
  if (isLocalRepository(url) || repositoryOn(url) === null) {
    const remedy = `Write it as people clone it: \`${origin}/OWNER/NAME.git\`.`
    return [finding(at, 'is no repository of a forge', remedy)]
  }
  return originOf(url) === origin
    ? []
    : [finding(at, `is not on ${origin}`, 'Correct one of them, or add another of `forges`.')]
}

/** What a mirror on a forge needs, and what it must not have. */
function checkPlacement(mirror: Loose, forge: Loose): readonly Finding[] {
  const [placement, fork] = [child(mirror, 'placement'), child(mirror, 'fork')]
  const found: Finding[] = []
  const chosen = textOf(placement)
  if (!isPresent(placement)) {
    const remedy =
      'Choose `fork`, or `agit` on Forgejo and Gitea: CI has no secrets there. docs/security.md says what each leaves open.'
    found.push(finding(placement, 'is missing', remedy, 'key'))
  }
  if (chosen === 'agit' && textOf(child(forge, 'kind')) === 'github') {
    found.push(finding(placement, 'is not known to GitHub', 'Choose `fork`.'))
  }
  const needsFork = chosen === 'fork' || chosen === 'agit'
  if (needsFork && !isPresent(fork)) {
    const remedy = 'Fork the mirror with the account of the bot, and write the URL of the fork.'
    found.push(finding(fork, `is missing, which \`${chosen}\` needs`, remedy, 'key'))
  }
  if (chosen === 'same-repo' || chosen === 'secretless-mirror') {
    const given = [fork, child(mirror, 'publicForkUrl')].filter(isPresent)
    const message = `has no effect with \`${chosen}\``
    found.push(...given.map((one) => finding(one, message, 'Remove it.', 'key')))
  }
  const given = ['user', 'password', 'passwordFile', 'passwordCommand'].map((key) =>
    child(mirror, key),
  )
  found.push(
    ...given
      .filter(isPresent)
      .map((one) =>
        finding(one, 'has no effect: git logs in as the account in `forges`', 'Remove it.', 'key'),
      ),
  )
  return found
}

function checkPlain(mirror: Loose): readonly Finding[] {
  const keys = ['placement', 'fork', 'publicForkUrl', 'holdsNoSecrets']
  const given = keys.map((key) => child(mirror, key)).filter(isPresent)
  return given.map((one) =>
    finding(one, 'has no effect with `forge: plain`', 'Remove it, or name one of `forges`.', 'key'),
  )
}

/** Files on top of branches that are upstream's very own would be pushed into what everybody works on. */
function checkOverlay(project: Loose): readonly Finding[] {
  const overlay = child(child(project, 'mirror'), 'overlay')
  const remedy = 'Write `upstream: { url: ... }`, or put the files into the repository itself.'
  return isPresent(overlay) && !isPresent(child(project, 'upstream'))
    ? [finding(overlay, 'needs `upstream`: the mirror is upstream here', remedy, 'key')]
    : []
}

/** Whether accounts are whole, and mirrors name one that fits them. */
export function checkForges(root: Loose): readonly Finding[] {
  const mirrors = items(child(root, 'projects')).map((project) => child(project, 'mirror'))
  return [
    ...items(child(root, 'forges')).flatMap(checkAccount),
    ...items(child(root, 'projects')).flatMap(checkOverlay),
    ...mirrors.flatMap((mirror) => {
      const forge = forgeOf(mirror, root)
      if (forge === null) {
        const isPlain = textOf(child(mirror, 'forge')) === plain
        return [...checkName(mirror, root), ...(isPlain ? checkPlain(mirror) : [])]
      }
      return [
        ...checkUrl(child(mirror, 'url'), forge),
        ...checkUrl(child(mirror, 'fork'), forge),
        ...checkPlacement(mirror, forge),
      ]
    }),
  ]
}
