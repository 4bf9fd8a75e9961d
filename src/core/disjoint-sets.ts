export interface DisjointSets<T> {
  /** The member that stands for the set of `item`; `item` itself where it was never joined. */
  find(item: T): T
  join(one: T, other: T): void
}

/** Union-find with path halving: which things belong together, in nearly constant time per question. */
export function disjointSets<T>(): DisjointSets<T> {
  const parents = new Map<T, T>()
  function parent(item: T): T {
    return parents.get(item) ?? item
  }
  function find(item: T): T {
    let at = item
    for (let up = parent(at); up !== at; up = parent(at)) {
      const grand = parent(up)
      parents.set(at, grand)
      at = grand
    }
    return at
  }
  return {
    find,
    join: (one, other) => {
      parents.set(find(one), find(other))
    },
  }
}
