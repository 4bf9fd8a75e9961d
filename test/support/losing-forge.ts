import { BotError } from '../../src/core/bot-error.ts'
import type { Forge } from '../../src/forge/forge.ts'

export interface LosingForge {
  readonly forge: Forge
  /** The next call of this name does its work, and who asked dies before they hear of it. */
  readonly loseAnswerOf: (call: keyof Forge) => void
}

/** A forge between which and us answers get lost, as when a process is killed at that instant. */
export function losingForge(real: Forge): LosingForge {
  const lost = new Set<string>()
  return {
    forge: new Proxy(real, {
      get(target, name: keyof Forge) {
        const value: unknown = Reflect.get(target, name)
        return typeof value !== 'function'
          ? value
          : async (...args: readonly unknown[]) => {
              const result: unknown = await Reflect.apply(value, target, args)
              if (lost.delete(name)) {
                throw new BotError('FORGE_UNSUPPORTED', `the answer of ${name} is lost`, {
                  retry: 'later',
                })
              }
              return result
            }
      },
    }),
    loseAnswerOf: (call) => {
      lost.add(call)
    },
  }
}
