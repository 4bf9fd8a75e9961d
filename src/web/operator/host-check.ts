/** What this machine is called by itself. */
const loopback = ['localhost', '127.0.0.1', '[::1]'] as const

const everywhere = new Set(['0.0.0.0', '::', '[::]', ''])

function bracketed(host: string): string {
  const plain = host.toLowerCase().replace(/\.$/, '')
  return plain.includes(':') && !plain.startsWith('[') ? `[${plain}]` : plain
}

/** The host of a Host header, without port and final dot; null for one that names no host. */
function hostOf(header: string | undefined): string | null {
  const host = /^(?<host>\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(header ?? '')?.groups?.[
    'host'
  ]
  return host === undefined ? null : bracketed(host)
}

/**
 * Tells whether a Host header names us: this machine, the address we listen on, or a configured name. Any port
 * will do, because forwarding (ssh -L) changes it. Against DNS rebinding: a page of somebody else whose name was
 * made to point here still sends that name.
 */
export function createHostCheck(
  listenHost: string,
  names: readonly string[],
): (header: string | undefined) => boolean {
  const own = everywhere.has(listenHost) ? [] : [listenHost]
  const known = new Set([...loopback, ...own, ...names].map(bracketed))
  return (header) => {
    const host = hostOf(header)
    return host !== null && known.has(host)
  }
}
