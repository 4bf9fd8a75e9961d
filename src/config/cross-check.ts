import { checkDelivery } from './check-delivery.ts'
import { checkForges } from './check-forges.ts'
import { checkProjects } from './check-projects.ts'
import { checkSources } from './check-sources.ts'
import { checkTests } from './check-tests.ts'
import { child, finding, isPresent, items, type Loose, members, repeated, textOf } from './loose.ts'
import type { Finding } from './problem.ts'
import { defaultPorts } from './schema/web.ts'

function lowerCase(text: string): string {
  return text.toLowerCase()
}

function checkNames(root: Loose): readonly Finding[] {
  const web = child(root, 'web')
  const groups: readonly (readonly Loose[])[] = [
    items(child(root, 'lists')),
    items(child(root, 'projects')),
    items(child(root, 'forges')),
    items(child(child(web, 'public'), 'tokens')),
    items(child(child(web, 'operator'), 'tokens')),
  ]
  const names = groups.flatMap((group) =>
    repeated(
      group.map((entry) => child(entry, 'name')),
      lowerCase,
    ),
  )
  const addresses = repeated(
    items(child(root, 'lists')).map((list) => child(list, 'address')),
    lowerCase,
  )
  return [
    ...names.map((name) => finding(name, 'is used twice', 'Give each its own name.')),
    ...addresses.map((address) =>
      finding(address, 'belongs to two lists', 'Make one list of them, or correct one address.'),
    ),
  ]
}

/** Mail of the bot's address is the bot's own: all mail of such a list would be. */
function checkBotAddress(root: Loose): readonly Finding[] {
  const address = child(child(root, 'bot'), 'address')
  const own = textOf(address)?.toLowerCase() ?? null
  const lists = items(child(root, 'lists')).map((list) => textOf(child(list, 'address')))
  return own !== null && lists.some((list) => list?.toLowerCase() === own)
    ? [finding(address, 'is the address of a list', 'Give the bot an address of its own.')]
    : []
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

function checkListeners(root: Loose): readonly Finding[] {
  const web = child(root, 'web')
  const operator = child(web, 'operator')
  const host = child(operator, 'host')
  const port = child(operator, 'port')
  const publicPort = child(child(web, 'public'), 'port').value ?? defaultPorts.public
  const clash = (port.value ?? defaultPorts.operator) === publicPort && publicPort !== 0
  const isOpen = textOf(host) !== null && !isLoopback(textOf(host) ?? '')
  return [
    ...(clash
      ? [finding(port, 'is the port of `web.public` too', 'Give each listener its own port.')]
      : []),
    ...(isOpen && !isPresent(child(operator, 'hosts'))
      ? [
          finding(
            host,
            'lets other machines see the dashboard, which asks for no login to look',
            'Say by which names it may be reached: `hosts: [patchferry.example.org]` beside it.',
          ),
        ]
      : []),
  ]
}

const mayRefer =
  /^(?:command|environment|token|tokenFile|password|passwordFile|passwordCommand|tokenCommand|secret|secretFile|secretCommand|keyFile|keyCommand)$/

/** `${NAME}` is replaced in secrets only; elsewhere it would stand for itself, which nobody means. */
function checkReferences(loose: Loose): readonly Finding[] {
  if (mayRefer.test(String(loose.keyPath.at(-1)))) {
    return []
  }
  const text = textOf(loose)
  if (text === null) {
    return [...items(loose), ...members(loose)].flatMap(checkReferences)
  }
  const remedy = 'Write the value itself; only secrets come from the environment.'
  return /\$\{\w+\}/.test(text) ? [finding(loose, 'refers to a variable', remedy)] : []
}

/** What only shows when several keys are looked at together. Relative paths are relative to `folder`. */
export function crossCheck(root: Loose, folder: string): readonly Finding[] {
  return [
    ...checkNames(root),
    ...checkBotAddress(root),
    ...checkSources(root, folder),
    ...checkForges(root),
    ...checkProjects(root),
    ...checkDelivery(root),
    ...checkTests(root, folder),
    ...checkListeners(root),
    ...checkReferences(root),
  ]
}
