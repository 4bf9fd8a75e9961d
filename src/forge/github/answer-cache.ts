interface CachedAnswer {
  readonly etag: string
  readonly headers: Headers
  readonly text: string
}

/** Answers by URL with their ETags; the least recently used leave when it gets too big. */
export interface AnswerCache {
  get(key: string): CachedAnswer | null
  set(key: string, answer: CachedAnswer): void
}

/** Holds at most `maxCharacters` of text; an answer of more than a quarter of that is not kept. */
export function openAnswerCache(maxCharacters: number): AnswerCache {
  const answers = new Map<string, CachedAnswer>()
  let held = 0

  function remove(key: string): void {
    held -= answers.get(key)?.text.length ?? 0
    answers.delete(key)
  }

  return {
    get: (key) => {
      const found = answers.get(key)
      if (found === undefined) {
        return null
      }
      answers.delete(key)
      answers.set(key, found)
      return found
    },
    set: (key, answer) => {
      remove(key)
      if (answer.text.length > maxCharacters / 4) {
        return
      }
      answers.set(key, answer)
      held += answer.text.length
      for (const oldest of answers.keys()) {
        if (held <= maxCharacters) {
          break
        }
        remove(oldest)
      }
    },
  }
}
