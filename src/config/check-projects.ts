import { nearestWord } from '../util/nearest-word.ts'
import { checkReports } from './check-reports.ts'
import { isLocalRepository } from './fields.ts'
import { child, finding, isPresent, items, type Loose, repeated, textOf } from './loose.ts'
import type { Finding } from './problem.ts'

function checkListNames(root: Loose): readonly Finding[] {
  const known = items(child(root, 'lists')).flatMap((list) => textOf(child(list, 'name')) ?? [])
  return items(child(root, 'projects')).flatMap((project) => {
    const named = items(child(project, 'lists'))
    const unknown = named.flatMap((list) => {
      const name = textOf(list)
      if (name === null || known.includes(name)) {
        return []
      }
      const nearest = nearestWord(name, known)
      const choice = known.length === 0 ? 'there is none yet' : `there is ${known.join(', ')}`
      const remedy =
        nearest === null
          ? `Name one of \`lists\` (${choice}), or add it there.`
          : `Did you mean \`${nearest}\`?`
      return [finding(list, `is no list of this file: ${name}`, remedy)]
    })
    const twice = repeated(named, (text) => text)
    return [...unknown, ...twice.map((list) => finding(list, 'is named twice', 'Remove one.'))]
  })
}

/** What a project claims: bracket words in lower case, globs as they are; one empty text where it takes everything. */
function claims(project: Loose): readonly { readonly claim: string; readonly at: Loose }[] {
  const [prefixes, paths] = [child(project, 'prefixes'), child(project, 'paths')]
  const claimed = [
    ...items(prefixes).map((at) => ({ claim: `[${textOf(at)?.toLowerCase() ?? ''}]`, at })),
    ...items(paths).map((at) => ({ claim: textOf(at) ?? '', at })),
  ]
  const isOpen = !isPresent(prefixes) && !isPresent(paths)
  return isOpen ? [{ claim: '', at: project }] : claimed.filter(({ claim }) => claim !== '')
}

function checkClaims(root: Loose): readonly Finding[] {
  const projects = items(child(root, 'projects'))
  return projects.flatMap((project, index) => {
    const lists = items(child(project, 'lists')).map(textOf)
    const rivals = projects
      .slice(0, index)
      .filter((other) => items(child(other, 'lists')).some((list) => lists.includes(textOf(list))))
    return claims(project).flatMap(({ claim, at }) => {
      const rival = rivals.find((other) => claims(other).some((one) => one.claim === claim))
      if (rival === undefined || claim.startsWith('!')) {
        return []
      }
      const name = textOf(child(rival, 'name')) ?? 'another project'
      return claim === ''
        ? [
            finding(
              at,
              `would take the same mails as ${name}: both read a list and ask for neither prefix nor files`,
              'Give at least one of them `prefixes` or `paths`, or other lists.',
            ),
          ]
        : [
            finding(
              at,
              `is claimed by ${name} on the same list`,
              'A prefix or glob belongs to one project of a list; remove it from one of them.',
            ),
          ]
    })
  })
}

/** A word that a list ignores and a project of that list asks for. */
function checkIgnored(root: Loose): readonly Finding[] {
  return items(child(root, 'lists')).flatMap((list) => {
    const readers = items(child(root, 'projects')).filter((project) =>
      items(child(project, 'lists')).some((named) => textOf(named) === textOf(child(list, 'name'))),
    )
    return items(child(list, 'ignorePrefixes')).flatMap((word) => {
      const text = textOf(word)?.toLowerCase()
      const asking = readers.find((project) =>
        items(child(project, 'prefixes')).some((prefix) => textOf(prefix)?.toLowerCase() === text),
      )
      return text === undefined || asking === undefined
        ? []
        : [
            finding(
              word,
              `is a prefix of ${textOf(child(asking, 'name')) ?? 'a project'}, which reads this list`,
              'A word is either ignored or asked for; remove it here or there.',
            ),
          ]
    })
  })
}

function checkCredentials(root: Loose): readonly Finding[] {
  return items(child(root, 'projects'))
    .flatMap((project) => [child(project, 'mirror'), child(project, 'upstream')])
    .flatMap((repository) => {
      const user = child(repository, 'user')
      const secrets = [child(repository, 'password'), child(repository, 'passwordFile')]
      const given = [user, ...secrets].filter(isPresent)
      const url = textOf(child(repository, 'url'))
      const isUseless = url !== null && (isLocalRepository(url) || !/^https?:/i.test(url))
      const useless = isUseless
        ? given.map((loose) =>
            finding(
              loose,
              'has no effect: only http and https URLs take a password',
              'Remove it; ssh takes its key from the user that runs Patchferry.',
              'key',
            ),
          )
        : []
      const isUserless = secrets.some(isPresent) && !isPresent(user)
      const userless = finding(
        user,
        'is missing beside the password',
        'Add the user name the password belongs to.',
        'key',
      )
      return [...useless, ...(isUserless && !isUseless ? [userless] : [])]
    })
}

/** Whether projects name lists that exist, claim mails nobody else claims, and can reach whom they mean to. */
export function checkProjects(root: Loose): readonly Finding[] {
  return [
    ...checkListNames(root),
    ...checkClaims(root),
    ...checkIgnored(root),
    ...checkReports(root),
    ...checkCredentials(root),
  ]
}
