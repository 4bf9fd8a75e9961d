import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Delivery } from '../../../src/core/delivery.ts'
import type { Logger } from '../../../src/log/logger.ts'
import type { MailSource } from '../../../src/mail/mail-source.ts'
import { maildirSource } from '../../../src/mail/source/maildir.ts'
import { describeMailSourceContract } from '../../contract/mail-source-contract.ts'
import { memoryLog, memoryLogger } from '../../support/memory-log.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const { signal } = new AbortController()
const hourMs = 3_600_000

function newMaildir(): string {
  const directory = path.join(temporaryFolder(), 'Maildir')
  for (const folder of ['tmp', 'new', 'cur']) {
    mkdirSync(path.join(directory, folder), { recursive: true })
  }
  return directory
}

function open(directory: string, log: Logger = memoryLogger()): MailSource {
  const source = maildirSource({ name: 'list', directory, pollMs: hourMs, log })
  onTestFinished(() => source.close())
  return source
}

async function take(source: MailSource, since: string | null = null): Promise<readonly Delivery[]> {
  const taken: Delivery[] = []
  for await (const delivery of source.read(since, signal)) {
    taken.push(delivery)
  }
  return taken
}

/** The first that it gives. */
async function takeFirst(source: MailSource, since: string | null): Promise<readonly Delivery[]> {
  for await (const delivery of source.read(since, signal)) {
    return [delivery]
  }
  return []
}

function textsOf(deliveries: readonly Delivery[]): readonly string[] {
  return deliveries.map((each) => Buffer.from(each.raw).toString())
}

function deliver(directory: string, name: string | Buffer, text: string, folder = 'new'): void {
  const file = Buffer.concat([Buffer.from(`${directory}/${folder}/`), Buffer.from(name)])
  writeFileSync(file, Buffer.from(text, 'latin1'))
}

describeMailSourceContract('a Maildir', async () => {
  const directory = newMaildir()
  let count = 0
  function nextName(): string {
    count += 1
    return `1700000000.M${count}P7.host`
  }
  return {
    spec: { kind: 'maildir', directory },
    async deliver(mails) {
      for (const mail of mails) {
        const name = nextName()
        deliver(directory, name, mail, 'tmp')
        renameSync(path.join(directory, 'tmp', name), path.join(directory, 'new', name))
      }
    },
    async poison() {
      symlinkSync('loop', path.join(directory, 'new', 'loop'))
      symlinkSync(temporaryFolder(), path.join(directory, 'new', 'folder'))
      mkdirSync(path.join(directory, 'new', nextName()))
      symlinkSync('/nowhere', path.join(directory, 'new', nextName()))
    },
  }
})

describe('a Maildir', () => {
  it('moves mail from new to cur once it is durable', async () => {
    const directory = newMaildir()
    const source = open(directory)
    deliver(directory, '1.a.host', '1')
    deliver(directory, '2.b.host:2,S', '2')
    const taken = await take(source)

    expect(readdirSync(`${directory}/new`)).toHaveLength(2)
    await source.settle(taken[1]?.cursor ?? '', signal)
    expect(readdirSync(`${directory}/new`)).toEqual([])
    expect(readdirSync(`${directory}/cur`)).toEqual(['1.a.host:2,', '2.b.host:2,S'])
    expect(taken.map((each) => each.location)).toEqual([
      `${directory}/cur/1.a.host:2,`,
      `${directory}/cur/2.b.host:2,S`,
    ])
  })

  it('moves what the cursor names when it died before it could', async () => {
    const directory = newMaildir()
    deliver(directory, '1.a.host', '1')
    const [first] = await take(open(directory))

    expect(await take(open(directory), first?.cursor)).toEqual([])
    expect(readdirSync(`${directory}/cur`)).toEqual(['1.a.host:2,'])
  })

  it('orders by time of delivery, then by the numbers in the name', async () => {
    const directory = newMaildir()
    const time = new Date('2024-01-01T00:00:00Z')
    for (const [name, seconds] of [
      ['9.Q10.host', 5],
      ['9.Q9.host', 5],
      ['1.late.host', 7],
      ['5.early.host', 1],
    ] as const) {
      deliver(directory, name, name)
      utimesSync(`${directory}/new/${name}`, time, new Date(time.getTime() + seconds * 1000))
    }

    expect(textsOf(await take(open(directory)))).toEqual([
      '5.early.host',
      '9.Q9.host',
      '9.Q10.host',
      '1.late.host',
    ])
  })

  it('takes mail that arrives with an earlier time than what was taken', async () => {
    const directory = newMaildir()
    const source = open(directory)
    deliver(directory, '2.b.host', '2')
    const [first] = await take(source)
    deliver(directory, '1.a.host', '1')
    utimesSync(`${directory}/new/1.a.host`, new Date(0), new Date(0))

    expect(textsOf(await take(source, first?.cursor))).toEqual(['1'])
  })

  it.each([
    ['a blank, a percent sign and a newline', 'a %20 b\nc'],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0xfe, 0x62])],
    ['UTF-8', 'ä\u2028€'],
    ['the look of a cursor', 'maildir 1.a.host'],
    ['the look of flags', 'x:2,y:2,S'],
  ])('takes a file whose name holds %s', async (_, name) => {
    const directory = newMaildir()
    deliver(directory, name, 'odd')
    deliver(directory, '~.last', 'last')
    utimesSync(`${directory}/new/~.last`, new Date(), new Date(Date.now() + 60_000))
    const taken = await take(open(directory))
    const source = open(directory)

    expect(textsOf(taken)).toEqual(['odd', 'last'])
    expect(textsOf(await take(source, taken[0]?.cursor))).toEqual(['last'])
    await source.settle(taken[1]?.cursor ?? '', signal)
    expect(readdirSync(`${directory}/new`)).toEqual([])
    expect(readdirSync(`${directory}/cur`)).toHaveLength(2)
  })

  it('leaves tmp, cur and hidden files alone', async () => {
    const directory = newMaildir()
    deliver(directory, '1.a.host', 'being written', 'tmp')
    deliver(directory, '2.b.host:2,S', 'read long ago', 'cur')
    deliver(directory, '.3.c.host', 'hidden')

    expect(await take(open(directory))).toEqual([])
  })

  it('passes over a file that vanishes, and finds one that a reader moved to cur', async () => {
    const directory = newMaildir()
    for (const name of ['1.a', '2.b', '3.c', '4.d']) {
      deliver(directory, name, name)
    }
    const taken: string[] = []
    for await (const delivery of open(directory).read(null, signal)) {
      taken.push(Buffer.from(delivery.raw).toString())
      rmSync(`${directory}/new/2.b`, { force: true })
      if (existsSync(`${directory}/new/3.c`)) {
        renameSync(`${directory}/new/3.c`, `${directory}/cur/3.c:2,RS`)
      }
    }

    expect(taken).toEqual(['1.a', '3.c', '4.d'])
  })

  it('takes an unreadable file when it can be read, and complains of it once', async () => {
    const directory = newMaildir()
    const log = memoryLog()
    const source = open(directory, log.logger)
    const target = path.join(temporaryFolder(), 'target')
    symlinkSync(path.basename(target), target)
    symlinkSync(target, `${directory}/new/1.a.host`)

    expect(await take(source)).toEqual([])
    expect(await take(source)).toEqual([])
    expect(log.lines).toMatchObject([{ source: 'list', file: '1.a.host', errno: 'ELOOP' }])
    rmSync(target)
    writeFileSync(target, 'readable now')
    expect(textsOf(await take(source))).toEqual(['readable now'])
  })

  it('reads on past a mail that cannot be moved, says so at the end, and moves it when it can', async () => {
    const directory = newMaildir()
    const inTheWay = path.join(directory, 'cur', '1:2,')
    mkdirSync(path.join(inTheWay, 'x'), { recursive: true })
    for (const number of [1, 2, 3]) {
      deliver(directory, String(number), `${number}\n`)
    }
    const source = open(directory)
    const taken: Delivery[] = []
    const reading = (async () => {
      for await (const delivery of source.read(null, signal)) {
        taken.push(delivery)
        await source.settle(delivery.cursor, signal)
      }
    })()
    await expect(reading).rejects.toMatchObject({ code: 'MAIL_SOURCE_STUCK', retry: 'later' })
    expect(textsOf(taken)).toEqual(['1\n', '2\n', '3\n'])
    expect(readdirSync(path.join(directory, 'new'))).toEqual(['1'])
    deliver(directory, '4', '4\n')
    const [later] = await takeFirst(open(directory), taken.at(-1)?.cursor ?? null)
    expect(Buffer.from(later?.raw ?? []).toString()).toBe('4\n')

    rmSync(inTheWay, { recursive: true })
    await source.settle(later?.cursor ?? '', signal)
    expect(readdirSync(path.join(directory, 'new'))).toEqual([])
    expect(readdirSync(path.join(directory, 'cur'))).toEqual(['1:2,', '2:2,', '3:2,', '4:2,'])
  })

  it('settles twice, and what was settled by somebody else', async () => {
    const directory = newMaildir()
    const source = open(directory)
    deliver(directory, '1.a.host', '1')
    const [first] = await take(source)
    linkSync(`${directory}/new/1.a.host`, `${directory}/cur/1.a.host:2,F`)
    rmSync(`${directory}/new/1.a.host`)
    await source.settle(first?.cursor ?? '', signal)
    await source.settle(first?.cursor ?? '', signal)

    expect(readdirSync(`${directory}/cur`)).toEqual(['1.a.host:2,F'])
    expect(await take(source, first?.cursor)).toEqual([])
  })

  it('takes the cursor of another kind of source for none', async () => {
    const directory = newMaildir()
    deliver(directory, '1.a.host', '1')

    expect(textsOf(await take(open(directory), `mbox 0 10 ${'a'.repeat(64)}`))).toEqual(['1'])
  })

  it('says when it is not there, makes nothing in its place, and goes on when it is back', async () => {
    const directory = newMaildir()
    deliver(directory, '1.a.host', '1')
    const source = open(directory)
    const [first] = await take(source)
    renameSync(directory, `${directory}.away`)

    for (const since of [null, first?.cursor ?? null]) {
      await expect(take(source, since)).rejects.toMatchObject({
        code: 'MAIL_SOURCE_MISSING',
        retry: 'later',
        message: expect.stringContaining(directory),
      })
    }
    expect(existsSync(directory)).toBe(false)
    renameSync(`${directory}.away`, directory)
    expect(await take(source, first?.cursor)).toEqual([])
  })

  it('says when mail cannot be moved', async () => {
    const directory = newMaildir()
    deliver(directory, '1.a.host', '1')
    const source = open(directory)
    const [first] = await take(source)
    rmSync(`${directory}/cur`, { recursive: true })
    symlinkSync('cur', `${directory}/cur`)

    await expect(source.settle(first?.cursor ?? '', signal)).rejects.toMatchObject({
      code: 'MAIL_SOURCE_STUCK',
    })
    expect(readdirSync(`${directory}/new`)).toEqual(['1.a.host'])
  })
})
