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

/** A query and the slots in it. */
interface Template<Row> {
  readonly query: CompiledQuery<Row>
  readonly slots: readonly { readonly at: number; readonly of: string | number }[]
}

function toTemplate<Row>(query: CompiledQuery<Row>): Template<Row> {
  const slots = query.parameters.flatMap((parameter, at) =>
    parameter instanceof Slot ? [{ at, of: parameter.of }] : [],
  )
  return { query, slots }
}

/** The parameters of the query; of a list that is too short, the last item fills up. */
function filled(
  { query, slots }: Template<unknown>,
  values: object,
  items: readonly unknown[],
): readonly unknown[] {
  const named = values as Readonly<Record<string, unknown>>
  const parameters = query.parameters.slice()
  for (const { at, of } of slots) {
    parameters[at] = typeof of === 'string' ? named[of] : items[Math.min(of, items.length - 1)]
  }
  return parameters
}

/** How an adapter of a synchronous driver runs a query at once, on the connection of the open transaction. */
export interface DirectAdapter extends DialectAdapter {
  /** Transactions that are open: one that has ended is Kysely's to refuse. */
  readonly open: WeakSet<Db>
  readonly runNow: (sql: string, parameters: readonly unknown[]) => QueryResult<unknown>
  /** Once for each list of parameters, in order; gives the rows of all. */
  readonly runEachNow: (sql: string, each: readonly (readonly unknown[])[]) => readonly unknown[]
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

/** Null where Kysely's own way is to be taken, which costs a dozen promises for each query. */
function directOf(db: Db): DirectAdapter | null {
  const { adapter } = db.getExecutor()
  return isDirect(adapter) && adapter.open.has(db) ? adapter : null
}

function execute<Row>(
  db: Db,
  { query }: Template<Row>,
  parameters: readonly unknown[],
): QueryResult<Row> | Promise<QueryResult<Row>> {
  const direct = directOf(db)
  return direct === null
    ? db.executeQuery({ ...query, parameters })
    : (direct.runNow(query.sql, parameters) as QueryResult<Row>)
}

type TemplateFor<V, Row> = (db: Db, values: V) => Template<Row>

/** Compiles at the first call; the values of every other one have the same names. */
function compiledOnce<V extends object, Row>(compile: Compile<V, Row>): TemplateFor<V, Row> {
  const known = new WeakMap<DialectAdapter, Template<Row>>()
  return (db, values) => {
    const { adapter } = db.getExecutor()
    const found = known.get(adapter)
    if (found !== undefined) {
      return found
    }
    const template = toTemplate(compile(db, slotsLike(values)))
    known.set(adapter, template)
    return template
  }
}

/** A query with a fixed number of values: `build` puts each property of its second argument where that value goes. */
export function prepared<V extends object, Row>(
  build: (db: Db, values: V) => CompiledQuery<Row>,
): (db: Db, values: V) => Promise<QueryResult<Row>> {
  const templateFor = compiledOnce(build)
  return async (db, values) => {
    const template = templateFor(db, values)
    return await execute(db, template, filled(template, values, []))
  }
}

/** A statement for many values of one kind, which runs for each of them, in order. Gives what all of them return. */
export function preparedEach<V extends object, Row>(
  build: (db: Db, values: V) => CompiledQuery<Row>,
): (db: Db, all: readonly V[]) => Promise<readonly Row[]> {
  const templateFor = compiledOnce(build)
  return async (db, all) => {
    const [first] = all
    if (first === undefined) {
      return []
    }
    const template = templateFor(db, first)
    const each = all.map((values) => filled(template, values, []))
    const direct = directOf(db)
    if (direct !== null) {
      return direct.runEachNow(template.query.sql, each) as readonly Row[]
    }
    const rows: Row[] = []
    for (const parameters of each) {
      rows.push(...(await execute(db, template, parameters)).rows)
    }
    return rows
  }
}

/**
 * A query for the rows that belong to the values of a list, of which it takes at most 200 at a time. Shorter lists are
 * filled up to a power of two by repeating the last value, so that few statements serve every length.
 */
export function preparedFor<Item, Row, V extends object>(
  build: (db: Db, items: readonly Item[], values: V) => CompiledQuery<Row>,
): (db: Db, items: Iterable<Item>, values: V) => Promise<Row[]> {
  const byLength = new Map<number, TemplateFor<V, Row>>()
  function forLength(length: number): TemplateFor<V, Row> {
    const known =
      byLength.get(length) ??
      compiledOnce((db, values) => build(db, listOfSlots<Item>(length), values))
    byLength.set(length, known)
    return known
  }
  return async (db, items, values) => {
    const rows: Row[] = []
    for (const chunk of chunksOf(items)) {
      const template = forLength(2 ** Math.ceil(Math.log2(chunk.length)))(db, values)
      const found = await execute(db, template, filled(template, values, chunk))
      rows.push(...found.rows)
    }
    return rows
  }
}
