import type { Remote, RemoteAccess } from '../git-engine.ts'

/** The remote with the credentials that it has now. Throws what getting them throws. */
export async function openRemote(
  remote: RemoteAccess,
  signal: AbortSignal | undefined,
): Promise<Remote> {
  return 'authorize' in remote
    ? {
        url: remote.url,
        authorization: await remote.authorize(signal ?? new AbortController().signal),
      }
    : remote
}
