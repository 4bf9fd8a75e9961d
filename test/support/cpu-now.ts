/** Milliseconds of the processor that this process has used: unlike a clock it does not run while others work. */
export function cpuNow(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
