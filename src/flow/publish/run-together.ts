import type { FlowPorts } from '../ports.ts'
import { type Call, callingEngine, grant } from './remote-calls.ts'

interface Member {
  /** Not granted yet. */
  calls: Call[]
  /** Told of each call. */
  onCall: () => void
  ended: Promise<'ended'>
}

/** Jobs that wait for remote repositories together. */
export interface Crew {
  readonly size: number
  /** Runs `work`, which never rejects, with ports of its own until it ends or waits for a remote. */
  join(work: (ports: FlowPorts) => Promise<void>): Promise<void>
  /** Goes on with all until the last has ended. */
  finish(): Promise<void>
}

/**
 * Lets jobs share their talks with remote repositories: what several of them list, fetch or push is one listing, one fetch, one
 * push. A job runs until it calls `remoteRefs`, `fetch` or `push` of its project's engine; then it waits until the others have
 * come as far. Never do two run at the same time, so nothing that they do here meets, and each is as safe against a kill as it
 * is alone: what a remote has by then, its next run finds there.
 */
export function createCrew(ports: FlowPorts, signal: AbortSignal): Crew {
  let members: readonly Member[] = []
  return {
    get size() {
      return members.length
    },
    async join(work) {
      const member = begin(work, ports)
      if (await isWaiting(member)) {
        members = [...members, member]
      }
    },
    async finish() {
      while (members.length > 0) {
        const asked = members.map((member) => [member, member.calls.splice(0)] as const)
        const answers = await grant(
          asked.flatMap(([, calls]) => calls),
          signal,
        )
        const waiting: Member[] = []
        for (const [member, calls] of asked) {
          for (const call of calls) {
            const answer = answers.get(call)
            if (answer?.status === 'fulfilled') {
              call.resolve(answer.value)
            } else {
              call.reject(answer?.reason)
            }
          }
          if (await isWaiting(member)) {
            waiting.push(member)
          }
        }
        members = waiting
      }
    },
  }
}

function begin(work: (ports: FlowPorts) => Promise<void>, ports: FlowPorts): Member {
  const member: Member = {
    calls: [],
    onCall: () => undefined,
    ended: Promise.resolve('ended'),
  }
  function onCall(call: Call): void {
    member.calls.push(call)
    member.onCall()
  }
  const projects = ports.projects.map((project) => ({
    ...project,
    git: callingEngine(project.git, onCall),
  }))
  member.ended = work({ ...ports, projects }).then(() => 'ended')
  return member
}

/** Lets a member run; true when it waits for a remote, false when it has ended. */
async function isWaiting(member: Member): Promise<boolean> {
  const called = new Promise<'called'>((resolve) => {
    member.onCall = () => resolve('called')
    if (member.calls.length > 0) {
      resolve('called')
    }
  })
  return (await Promise.race([called, member.ended])) === 'called'
}
