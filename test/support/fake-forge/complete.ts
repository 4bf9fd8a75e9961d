type Json = unknown
type JsonObject = Readonly<Record<string, Json>>

/**
 * Makes of what a fake says an answer as its schema has it. Added is what the schema requires and the fake does not care about:
 * null where that is allowed, else something neutral that nobody can mistake for a real value. Left out is what the schema
 * does not know, so that nobody comes to rely on it. What is given and known stays as it is.
 */
export function complete(deref: (schema: Json) => JsonObject, schema: Json, given: Json): Json {
  const own = deref(schema)
  const parts = listAt(own, 'allOf')
  if (parts.length > 0) {
    const { allOf: _, ...alone } = own
    const whole = 'properties' in alone ? [alone, ...parts] : parts
    return whole.map((part) => complete(deref, part, given)).reduce(merged)
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
  if (given === null || typeof given !== 'object' || own['properties'] === undefined) {
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
  const known = Object.keys(given).filter((name) => name in properties)
  const names = [...new Set([...required, ...known])]
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
  const fitting = schemas
    .filter(
      (one) =>
        one['type'] !== 'null' &&
        (given === undefined ||
          (Array.isArray(given) ? 'items' in one : isComposed === isObject(one))),
    )
    .toSorted((a, b) => countKnown(deref, b, given) - countKnown(deref, a, given))
  return fitting.length === 0 ? given : complete(deref, fitting[0], given)
}

/** How many of the names of a value a schema knows. */
function countKnown(deref: (schema: Json) => JsonObject, schema: JsonObject, given: Json): number {
  const parts = [schema, ...listAt(schema, 'allOf').map(deref)]
  const known = new Set(parts.flatMap((part) => Object.keys(part['properties'] ?? {})))
  return Object.keys(given ?? {}).filter((name) => known.has(name)).length
}

/** Two views of one value, each with what its part of an `allOf` knows. */
function merged(one: Json, other: Json): Json {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.map((item: Json, index) => merged(item, other[index]))
  }
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') {
    return other ?? one
  }
  const [first, second] = [one as JsonObject, other as JsonObject]
  const names = [...new Set([...Object.keys(first), ...Object.keys(second)])]
  return Object.fromEntries(
    names.map((name) => [
      name,
      name in first && name in second
        ? merged(first[name], second[name])
        : (first[name] ?? second[name] ?? null),
    ]),
  )
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
