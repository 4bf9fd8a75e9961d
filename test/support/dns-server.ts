import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** Answers by name and type: texts, mail servers, or nothing at a name that is there. */
export type Zone = Readonly<
  Record<string, { readonly txt?: readonly string[]; readonly mx?: readonly string[] }>
>

export interface DnsServer {
  /** As `dns.Resolver.setServers` takes it. */
  readonly address: string
  readonly close: () => Promise<void>
}

const types = { mx: 15, txt: 16 } as const

function labels(name: string): Buffer {
  const parts = name === '' ? [] : name.split('.')
  return Buffer.concat([
    ...parts.map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)])),
    Buffer.from([0]),
  ])
}

function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12)
  // The name is that of the question, which begins at byte 12.
  head.writeUInt16BE(0xc0_0c, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(60, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

/** A text of any length, in pieces of 255 bytes (RFC 1035, 3.3). */
function textData(text: string): Buffer {
  const bytes = Buffer.from(text)
  const pieces: Buffer[] = []
  for (let at = 0; at === 0 || at < bytes.length; at += 255) {
    const piece = bytes.subarray(at, at + 255)
    pieces.push(Buffer.from([piece.length]), piece)
  }
  return Buffer.concat(pieces)
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const parts: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    parts.push(query.subarray(at + 1, at + 1 + length).toString())
    at += 1 + length
  }
  return { name: parts.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

function answer(query: Buffer, zone: Zone): Buffer {
  const { name, type, end } = readQuestion(query)
  const found = zone[name]
  const isThere = Object.keys(zone).some((one) => one === name || one.endsWith(`.${name}`))
  const texts = type === types.txt ? (found?.txt ?? []) : []
  const hosts = type === types.mx ? (found?.mx ?? []) : []
  const records = [
    ...texts.map((text) => record(types.txt, textData(text))),
    ...hosts.map((host) =>
      record(types.mx, Buffer.concat([Buffer.from([0, 10]), labels(host === '.' ? '' : host)])),
    ),
  ]
  const head = Buffer.from(query.subarray(0, 12))
  head.writeUInt16BE(isThere ? 0x81_80 : 0x81_83, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(records.length, 6)
  head.writeUInt32BE(0, 8)
  return Buffer.concat([head, query.subarray(12, end), ...records])
}

/** A DNS server on loopback, by UDP. */
export async function openDnsServer(zone: Zone): Promise<DnsServer> {
  const socket = createSocket('udp4')
  socket.on('message', (query, { port, address }) => {
    socket.send(answer(query, zone), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}
