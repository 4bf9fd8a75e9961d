export interface Route<T> {
  readonly method: string
  /** As in OpenAPI: `/repos/{owner}/{repo}`. `ref`, `path`, `branch` and `basehead` take slashes. */
  readonly pattern: string
  readonly value: T
}

export interface RouteMatch<T> {
  readonly value: T
  readonly params: Readonly<Record<string, string>>
}

const withSlashes = ['ref', 'path', 'branch', 'basehead']

/** Finds the route of a request; the one with the most literal text wins. Null where there is none. */
export function compileRoutes<T>(
  routes: readonly Route<T>[],
): (method: string, path: string) => RouteMatch<T> | null {
  const compiled = routes
    .map((route) => ({
      ...route,
      names: [...route.pattern.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? ''),
      literal: route.pattern.replaceAll(/\{[^}]+\}/g, '').length,
      matcher: new RegExp(
        `^${route.pattern
          .replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')
          .replaceAll(/\{([^}]+)\}/g, (_, name: string) =>
            withSlashes.includes(name) ? '(.+)' : '([^/]+)',
          )}$`,
      ),
    }))
    .toSorted((a, b) => b.literal - a.literal)
  return (method, path) => {
    for (const { matcher, names, value } of compiled.filter((one) => one.method === method)) {
      const match = matcher.exec(path)
      if (match !== null) {
        const params = names.map((name, index) => [
          name,
          decodeURIComponent(match[index + 1] ?? ''),
        ])
        return { value, params: Object.fromEntries(params) as Record<string, string> }
      }
    }
    return null
  }
}
