/** Programs that write to development lists, as patterns of addresses in which `*` is any text. */
export const knownBots: readonly string[] = [
  'lkp@intel.com',
  'syzbot*@*.appspotmail.com',
  'patchwork-bot*@*',
  'tip-bot2@*',
  'pw-bot*@*',
  'bot@kernelci.org',
  'kernelci*@*',
  'patchew*@*',
  'buildbot@*',
  'jenkins@*',
  'bugzilla-daemon@*',
  'notifications@github.com',
  'gitlab@*',
]

function toPattern(text: string): RegExp {
  const parts = text
    .trim()
    .split(/\*+/)
    .map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 'i')
}

/** Whether one of these patterns fits an address. */
export function isOtherBot(address: string, patterns: readonly string[]): boolean {
  return (
    address.length <= 400 && patterns.some((pattern) => toPattern(pattern).test(address.trim()))
  )
}
