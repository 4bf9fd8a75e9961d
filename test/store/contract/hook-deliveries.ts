import { describe, expect, it } from 'vitest'
import { after } from '../samples.ts'
import type { GetHarness } from './harness.ts'

const dayMs = 86_400_000

export function describeHookDeliveries(get: GetHarness): void {
  describe('deliveries of webhooks', () => {
    async function note(endpoint: string, id: string, atMs: number): Promise<boolean> {
      return get().store.transaction((tx) =>
        tx.noteHookDelivery(endpoint, id, 'pushed', after(atMs)),
      )
    }

    it('are taken once by each endpoint', async () => {
      expect(await note('pump', 'a', 0)).toBe(true)
      expect(await note('pump', 'a', 1)).toBe(false)
      expect(await note('pump', 'b', 2)).toBe(true)
      expect(await note('valve', 'a', 3)).toBe(true)
      expect(await note('pump', 'x'.repeat(5000), 4)).toBe(true)
      expect(await note('pump', 'x'.repeat(5000), 5)).toBe(false)
    })

    it('are forgotten after a week', async () => {
      await note('pump', 'a', 0)
      expect(await note('pump', 'a', 7 * dayMs - 1)).toBe(false)
      expect(await note('pump', 'a', 7 * dayMs)).toBe(true)
    })

    it('are as if they had not come where what follows from them is not stored', async () => {
      const { store } = get()
      await expect(
        store.transaction(async (tx) => {
          await tx.noteHookDelivery('pump', 'a', 'pushed', after(0))
          throw new Error('power cut')
        }),
      ).rejects.toThrow('power cut')
      expect(await note('pump', 'a', 1)).toBe(true)
    })
  })
}
