import type { CompiledQuery, DialectAdapter, QueryResult } from 'kysely'
import { chunksOf } from './chunk.ts'
import type { Db } from './tables.ts'

/*
 * Queries that run for every mail. Building and compiling one costs several times what the database needs to run it,
 * so that is done once for each opened store, with slots where the values go.
 */

type Compile<V, Row> = (db: Db, values: V) => CompiledQuery<Row>

/** Stands in a compiled query for a value: that of this name, or that at this place of a list. */
class Slot {
  readonly of: string | number
  constructor(of: string | number) {
    this.of = of
  }
}

/** Slots for values of these names; only the query compiler sees what they really are. */
function slotsLike<V extends object>(values: V): V {
  return Object.fromEntries(Object.keys(values).map((name) => [name, new Slot(name)])) as V
}

function listOfSlots<Item>(length: number): readonly Item[] {
  return Array.from({ length }, (_, at) => new Slot(at) as Item)
}

function filled(
  { parameters }: CompiledQuery<unknown>,
  values: object,
  items: readonly unknown[],
): readonly unknown[] {
  const named = values as Readonly<Record<string, unknown>>
  return parameters.map((parameter) => {
    if (!(parameter instanceof Slot)) {
      return parameter
    }
    const { of } = parameter
    return typeof of === 'string' ? named[of] : items[Math.min(of, items.length - 1)]
  })
}

/** How an adapter of a synchronous driver runs a query at once, on the connection of the open transaction. */
export interface DirectAdapter extends DialectAdapter {
  /** Transactions that are open: one that has ended is Kysely's to refuse. */
  readonly open: WeakSet<Db>
  readonly runNow: (query: CompiledQuery) => QueryResult<unknown>
}

function isDirect(adapter: DialectAdapter): adapter is DirectAdapter {
  return 'runNow' in adapter
}

/** Lets prepared queries of this transaction take the short way to the driver, where it has one, until `closeDirect`. */
export function openDirect(tx: Db): void {
  const { adapter } = tx.getExecutor()
  if (isDirect(adapter)) {
    adapter.open.add(tx)
  }
}

export function closeDirect(tx: Db): void {
  const { adapter } = tx.getExecutor()
  if (isDirect(adapter)) {
    adapter.open.delete(tx)
  }
}

/** Kysely's own way costs a dozen promises for each query. */
function execute<Row>(
  db: Db,
  query: CompiledQuery<Row>,
): QueryResult<Row> | Promise<QueryResult<Row>> {
  const { adapter } = db.getExecutor()
  return isDirect(adapter) && adapter.open.has(db)
    ? (adapter.runNow(query) as QueryResult<Row>)
    : db.executeQuery(query)
}

/** Compiles at the first call; the values of every other one have the same names. */
function compiledOnce<V extends object, Row>(compile: Compile<V, Row>): Compile<V, Row> {
  const known = new WeakMap<DialectAdapter, CompiledQuery<Row>>()
  return (db, values) => {
    const { adapter } = db.getExecutor()
    const compiled = known.get(adapter) ?? compile(db, slotsLike(values))
    known.set(adapter, compiled)
    return compiled
  }
}

/** A query with a fixed number of values: `build` puts each property of its second argument where that value goes. */
export function prepared<V extends object, Row>(
  build: (db: Db, values: V) => CompiledQuery<Row>,
): (db: Db, values: V) => Promise<QueryResult<Row>> {
  const compile = compiledOnce(build)
  return async (db, values) => {
    const compiled = compile(db, values)
    return await execute(db, { ...compiled, parameters: filled(compiled, values, []) })
  }
}

/** A statement that the driver runs once for each list of values, without a way through Kysely for every one. */
export interface RepeatedQuery<Row> extends CompiledQuery<Row> {
  readonly repeated: readonly (readonly unknown[])[]
}

export function isRepeated<Row>(query: CompiledQuery<Row>): query is RepeatedQuery<Row> {
  return 'repeated' in query
}

/** A statement for many values of one kind, which runs for each of them, in order. Gives what all of them return. */
export function preparedEach<V extends object, Row>(
  build: (db: Db, values: V) => CompiledQuery<Row>,
): (db: Db, all: readonly V[]) => Promise<readonly Row[]> {
  const compile = compiledOnce(build)
  return async (db, all) => {
    const [first] = all
    if (first === undefined) {
      return []
    }
    const compiled = compile(db, first)
    const repeated = all.map((values) => filled(compiled, values, []))
    const query: RepeatedQuery<Row> = { ...compiled, repeated }
    return (await execute<Row>(db, query)).rows
  }
}

/**
 * A query for the rows that belong to the values of a list, of which it takes at most 200 at a time. Shorter lists are
 * filled up to a power of two by repeating the last value, so that few statements serve every length.
 */
export function preparedFor<Item, Row, V extends object>(
  build: (db: Db, items: readonly Item[], values: V) => CompiledQuery<Row>,
): (db: Db, items: Iterable<Item>, values: V) => Promise<Row[]> {
  const byLength = new Map<number, Compile<V, Row>>()
  function forLength(length: number): Compile<V, Row> {
    const known =
      byLength.get(length) ??
      compiledOnce((db, values) => build(db, listOfSlots<Item>(length), values))
    byLength.set(length, known)
    return known
  }
  return async (db, items, values) => {
    const rows: Row[] = []
    for (const chunk of chunksOf(items)) {
      const compile = forLength(2 ** Math.ceil(Math.log2(chunk.length)))
      const compiled = compile(db, values)
      const parameters = filled(compiled, values, chunk)
      const found = await execute<Row>(db, { ...compiled, parameters })
      rows.push(...found.rows)
    }
    return rows
  }
}
