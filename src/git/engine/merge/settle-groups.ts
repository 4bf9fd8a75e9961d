/** Changed lines in a row, from `start` up to, and without, `end`; empty before a line that is not changed. */
interface Group {
  start: number
  end: number
}

/** The changed lines of a text, and a group that walks over them. */
interface Walk {
  readonly changed: Uint8Array
  readonly group: Group
}

/**
 * Moves groups of changed lines that could as well stand elsewhere: as far down as they go, or, where they can face changes
 * of the other text, to the last place where they do. Groups that meet become one. There are as many groups in both
 * texts, as many as unchanged lines and one.
 */
export function settleGroups(ids: Int32Array, changed: Uint8Array, otherChanged: Uint8Array): void {
  const walk = walkOver(changed)
  const other = walkOver(otherChanged)
  do {
    if (walk.group.start < walk.group.end) {
      settle(ids, walk, other)
    }
  } while (next(walk) && next(other))
}

function walkOver(changed: Uint8Array): Walk {
  const group = { start: 0, end: 0 }
  while (changed[group.end] === 1) {
    group.end += 1
  }
  return { changed, group }
}

function settle(ids: Int32Array, walk: Walk, other: Walk): void {
  const { group } = walk
  let size = 0
  let highestEnd = 0
  let faces = false
  do {
    size = group.end - group.start
    while (slideUp(ids, walk)) {
      previous(other)
    }
    highestEnd = group.end
    faces = isFacing(other)
    while (slideDown(ids, walk)) {
      next(other)
      faces ||= isFacing(other)
    }
  } while (size !== group.end - group.start)
  if (faces && group.end !== highestEnd) {
    while (!isFacing(other)) {
      slideUp(ids, walk)
      previous(other)
    }
  }
}

function isFacing({ group }: Walk): boolean {
  return group.start < group.end
}

/** False at the end of the text. */
function next({ changed, group }: Walk): boolean {
  if (group.end === changed.length) {
    return false
  }
  group.start = group.end + 1
  group.end = group.start
  while (changed[group.end] === 1) {
    group.end += 1
  }
  return true
}

function previous({ changed, group }: Walk): void {
  group.end = group.start - 1
  group.start = group.end
  while (changed[group.start - 1] === 1) {
    group.start -= 1
  }
}

/** By one line, where the line after the group is like its first; false elsewhere. */
function slideDown(ids: Int32Array, { changed, group }: Walk): boolean {
  if (group.end >= changed.length || ids[group.start] !== ids[group.end]) {
    return false
  }
  changed[group.start] = 0
  changed[group.end] = 1
  group.start += 1
  do {
    group.end += 1
  } while (changed[group.end] === 1)
  return true
}

/** By one line, where the line before the group is like its last; false elsewhere. */
function slideUp(ids: Int32Array, { changed, group }: Walk): boolean {
  if (group.start === 0 || ids[group.start - 1] !== ids[group.end - 1]) {
    return false
  }
  changed[group.start - 1] = 1
  changed[group.end - 1] = 0
  group.end -= 1
  do {
    group.start -= 1
  } while (changed[group.start - 1] === 1)
  return true
}
