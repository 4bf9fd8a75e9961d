import { EventEmitter, once } from 'node:events'
import { createConnection } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ListenOptions, listen, type RunningServer } from '../../src/web/listen.ts'

const options: ListenOptions = {
  name: 'test listener',
  host: '127.0.0.1',
  port: 0,
  requestTimeoutMs: 10_000,
}

/** A promise, and what resolves it. */
function latch(): readonly [promise: Promise<void>, open: () => void] {
  const gate = new EventEmitter()
  return [once(gate, 'open').then(() => undefined), () => void gate.emit('open')]
}

interface Gate {
  /** Resolves when the request has come in. */
  readonly entered: Promise<void>
  readonly release: () => void
  readonly signal: () => AbortSignal | null
  readonly server: RunningServer
}

/** A server whose `/slow` answers only when it is let go. */
async function serveSlowly(): Promise<Gate> {
  const [entered, enter] = latch()
  const [released, release] = latch()
  let seen: AbortSignal | null = null
  const server = await listen((signal) => {
    seen = signal
    return new Hono().get('/slow', async (c) => {
      enter()
      await released
      return c.text('done')
    })
  }, options)
  onTestFinished(() => server.close(0))
  return { entered, release, signal: () => seen, server }
}

describe('a listener', () => {
  it('takes a free port for 0 and says which', async () => {
    const server = await listen(() => new Hono().get('/', (c) => c.text('hello')), options)
    onTestFinished(() => server.close(0))
    expect(server.port).toBeGreaterThan(0)
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`)
    expect(await (await fetch(server.url)).text()).toBe('hello')
  })

  it('says which address and port cannot be had', async () => {
    const first = await listen(() => new Hono(), options)
    onTestFinished(() => first.close(0))
    await expect(listen(() => new Hono(), { ...options, port: first.port })).rejects.toMatchObject({
      code: 'WEB_LISTEN',
      message: expect.stringContaining(
        `test listener cannot listen on 127.0.0.1 port ${first.port}`,
      ),
    })
  })

  it('lets a request under way finish when it closes', async () => {
    const { entered, release, server } = await serveSlowly()
    const answer = fetch(`${server.url}/slow`)
    await entered
    const closed = server.close(60_000)
    await expect(fetch(server.url)).rejects.toThrow('fetch failed')
    release()
    expect(await (await answer).text()).toBe('done')
    await closed
  })

  it('cuts what does not finish in time, and tells it', async () => {
    const { entered, signal, server } = await serveSlowly()
    const answer = fetch(`${server.url}/slow`).then(
      () => 'answered',
      () => 'cut',
    )
    await entered
    await server.close(20)
    expect(await answer).toBe('cut')
    expect(signal()?.aborted).toBe(true)
  })

  it('does not wait for connections that are only kept alive', async () => {
    const { server } = await serveSlowly()
    await (await fetch(`${server.url}/other`)).text()
    const closed = server.close(60_000).then(() => 'closed')
    expect(await Promise.race([closed, wait(3_000, 'still open')])).toBe('closed')
  })

  it('answers a request without a usable Host by itself', async () => {
    const { server } = await serveSlowly()
    const socket = createConnection(server.port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.write('GET / HTTP/1.1\r\nHost: a b\r\n\r\n')
    const [chunk] = await once(socket, 'data')
    expect(String(chunk)).toMatch(/^HTTP\/1\.1 400/)
  })
})
