import path from 'node:path'
import { child, isPresent, items, type Loose, textOf } from './loose.ts'
import type { Finding } from './problem.ts'

/** Keys of `tests` that mean something under one isolation only. */
const keysOf: Readonly<Record<string, readonly string[]>> = {
  bubblewrap: ['readable'],
  container: ['image', 'engine', 'memory', 'processes'],
}

function misplaced(tests: Loose, isolation: string): readonly Finding[] {
  return Object.entries(keysOf)
    .filter(([owner]) => owner !== isolation)
    .flatMap(([owner, keys]) =>
      keys
        .map((key) => child(tests, key))
        .filter(isPresent)
        .map(({ keyPath }) => ({
          keyPath,
          at: 'key' as const,
          message: `has no effect with \`isolation: ${isolation}\``,
          remedy: `Remove it, or choose \`isolation: ${owner}\`.`,
        })),
    )
}

function contains(outer: string, inner: string): boolean {
  const relative = path.relative(outer, inner)
  return relative === '' || (!relative.startsWith('..') && !path.isAbsolute(relative))
}

function exposed(tests: Loose, stateDirectory: string): readonly Finding[] {
  return items(child(tests, 'readable'))
    .filter((entry) => {
      const readable = textOf(entry)
      return (
        readable !== null &&
        (contains(readable, stateDirectory) || contains(stateDirectory, readable))
      )
    })
    .map(({ keyPath }) => ({
      keyPath,
      at: 'value',
      message: 'would show the state folder to the tests',
      remedy: 'Name only what the tests need, such as /opt/toolchain.',
    }))
}

/** Whether the keys of `tests` go together. Relative paths are relative to `folder`. */
export function checkTests(root: Loose, folder: string): readonly Finding[] {
  const stateDirectory = path.resolve(folder, textOf(child(root, 'state')) ?? './state')
  return items(child(root, 'projects')).flatMap((project) => {
    const tests = child(project, 'tests')
    const isolation = textOf(child(tests, 'isolation'))
    if (isolation === null) {
      return []
    }
    const imageless =
      isolation === 'container' && !isPresent(child(tests, 'image'))
        ? [
            {
              keyPath: child(tests, 'image').keyPath,
              at: 'key' as const,
              message: 'is missing: a container needs an image',
              remedy: 'Build or pull one, and name it: `image: localhost/hello-tests:latest`.',
            },
          ]
        : []
    return [...imageless, ...misplaced(tests, isolation), ...exposed(tests, stateDirectory)]
  })
}
