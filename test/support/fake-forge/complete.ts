type Json = unknown
type JsonObject = Readonly<Record<string, Json>>

/**
 * Adds to an answer of a fake what its schema requires and the fake does not care about: null where that is allowed, else
 * something neutral that nobody can mistake for a real value. What is given stays as it is.
 */
export function complete(deref: (schema: Json) => JsonObject, schema: Json, given: Json): Json {
  const own = deref(schema)
  const parts = listAt(own, 'allOf')
  if (parts.length > 0) {
    return parts.reduce((value: Json, part) => complete(deref, part, value), given)
  }
  const alternatives = [...listAt(own, 'anyOf'), ...listAt(own, 'oneOf')]
  if (alternatives.length > 0 && own['properties'] === undefined) {
    return completeOneOf(deref, alternatives, given)
  }
  if (given === undefined) {
    return neutral(deref, own)
  }
  if (Array.isArray(given)) {
    return given.map((item) => complete(deref, own['items'] ?? {}, item))
  }
  if (given === null || typeof given !== 'object' || !isObject(own)) {
    return given
  }
  return completeObject(deref, own, given as JsonObject)
}

function completeObject(
  deref: (schema: Json) => JsonObject,
  schema: JsonObject,
  given: JsonObject,
): JsonObject {
  const properties = (schema['properties'] ?? {}) as JsonObject
  const required = listAt(schema, 'required') as readonly string[]
  const names = [...new Set([...required, ...Object.keys(given)])]
  const completed = names.map((name) => {
    const inner = properties[name]
    return [name, inner === undefined ? given[name] : complete(deref, inner, given[name])]
  })
  return Object.fromEntries(completed) as JsonObject
}

function completeOneOf(
  deref: (schema: Json) => JsonObject,
  alternatives: readonly Json[],
  given: Json,
): Json {
  const schemas = alternatives.map(deref)
  if (given === null || (given === undefined && schemas.some((one) => one['type'] === 'null'))) {
    return null
  }
  const isComposed = typeof given === 'object'
  const fitting = schemas.find(
    (one) =>
      one['type'] !== 'null' &&
      (given === undefined ||
        (Array.isArray(given) ? 'items' in one : isComposed === isObject(one))),
  )
  return fitting === undefined ? given : complete(deref, fitting, given)
}

function isObject(schema: JsonObject): boolean {
  return ['properties', 'allOf', 'anyOf', 'oneOf'].some((name) => name in schema)
}

function neutral(deref: (schema: Json) => JsonObject, schema: JsonObject): Json {
  const [choice] = listAt(schema, 'enum')
  if (choice !== undefined) {
    return choice
  }
  switch (schema['type']) {
    case 'string':
      return neutralText(schema['format'])
    case 'integer':
    case 'number':
      return 0
    case 'boolean':
      return false
    case 'array':
      return []
    default:
      return isObject(schema) || schema['type'] === 'object'
        ? completeObject(deref, schema, {})
        : null
  }
}

function neutralText(format: Json): string {
  switch (format) {
    case 'date-time':
      return '1970-01-01T00:00:00Z'
    case 'uri':
    case 'uri-template':
      return 'https://nothing-here.invalid/'
    default:
      return ''
  }
}

function listAt(value: JsonObject, name: string): readonly Json[] {
  return (value[name] ?? []) as readonly Json[]
}
