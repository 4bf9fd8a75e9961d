/*
 * 10,000 reports through a real mail server, under limits and without: nothing doubled, nothing lost, no minute and no
 * hour over its limit, memory bounded. `npx tsx bench/send.ts [reports] [per minute] [per hour]`.
 */
import { noLimits } from '../src/flow/report/send-rate.ts'
import { type SendLoad, sendLoad } from '../test/support/send-load.ts'

const [count = 10_000, perMinute = 60, perHour = 1_000] = process.argv.slice(2).map(Number)

function show(name: string, load: SendLoad): void {
  const perSecond = (load.taken / (load.tookMs / 1_000)).toFixed(1)
  const heap = Math.round(load.peakHeapBytes / 1024 ** 2)
  const hours = (load.lastedMs / 3_600_000).toFixed(1)
  const lines = [
    `${name}: ${load.taken} taken, ${load.distinct} distinct, ${JSON.stringify(load.states)};`,
    `at most ${load.mostPerMinute} a minute and ${load.mostPerHour} an hour, over ${hours} h of its clock;`,
    `${load.connections} connections, heap at most ${heap} MB; ${perSecond} a second in truth`,
  ]
  process.stdout.write(`${lines.join(' ')}\n`)
}

const limited = await sendLoad(count, { ...noLimits, perMinute, perHour })
show(`${perMinute} a minute, ${perHour} an hour`, limited)
const free = await sendLoad(Math.ceil(count / 10), noLimits)
show('no limits', free)
const isRight =
  limited.taken === count &&
  limited.distinct === count &&
  limited.mostPerMinute <= perMinute &&
  limited.mostPerHour <= perHour
process.exitCode = isRight ? 0 : 1
