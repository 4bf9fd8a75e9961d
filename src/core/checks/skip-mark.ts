/** What GitHub, Gitea and Forgejo look for in the message of the last commit of a push or pull request. */
const marks = ['[skip ci]', '[ci skip]', '[no ci]', '[skip actions]', '[actions skip]'] as const

const skipTrailer = /^skip-checks: *true$/im

/**
 * By what a commit message tells CI not to run; null where it does not. The trailer counts where trailers stand, in the last
 * paragraph (GitHub: "Skipping workflow runs").
 */
export function skipMarkOf(commitMessage: string): string | null {
  const mark = marks.find((one) => commitMessage.includes(one))
  const paragraphs = commitMessage.trimEnd().split(/\n[ \t]*\n/)
  const last = paragraphs.length > 1 ? (paragraphs.at(-1) ?? '') : ''
  return mark ?? (skipTrailer.test(last) ? 'skip-checks: true' : null)
}
