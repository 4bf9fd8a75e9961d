import type { Logger } from '../../log/logger.ts'

/**
 * Brings the deliveries of a channel of smee.io to `target`, our own listener, until the returned function is called. For
 * development: anybody who knows the channel reads along and can send to it, so that the signature is all there is. It
 * writes JSON anew, which breaks the signature of whatever was not compact: those of GitHub are.
 */
export async function followSmee(
  source: string,
  target: string,
  log: Logger,
): Promise<() => Promise<void>> {
  const { SmeeClient } = await import('smee-client')
  const client = new SmeeClient({
    source,
    target,
    logger: {
      info: (message: string) => log.debug({ message }, 'smee'),
      error: (message: string) => log.warn({ message }, 'smee'),
    },
  })
  await client.start()
  log.warn({ source }, 'webhooks come by a public channel: for development only')
  return () => client.stop()
}
