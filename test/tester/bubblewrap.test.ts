import { describe, expect, it } from 'vitest'
import { readBubblewrapFailure } from '../../src/tester/bubblewrap.ts'

describe('readBubblewrapFailure', () => {
  it.each([
    [
      'bwrap: execvp make: No such file or directory\n',
      /^`make` could not be started: it does not/,
    ],
    ['bwrap: execvp ./a: b: Permission denied\n', /^`\.\/a: b` .*may not be executed/],
    ['bwrap: execvp x: Text file busy\n', /^`x` could not be started: Text file busy$/],
    [
      'bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user namespaces. See <https://deb.li/bubblewrap> or <file:///usr/share/doc/bubblewrap/README.Debian.gz>.\n',
      /may not make namespaces here .*allow unprivileged user namespaces/,
    ],
    ['bwrap: setting up uid map: Permission denied\n', /may not make namespaces here/],
    ['bwrap: Creating new namespace failed: Operation not permitted\n', /may not make namespaces/],
    ['bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted\n', /may not make namespaces/],
    [
      "bwrap: Can't find source path /x: No such file or directory\n",
      /could not start: Can't find/,
    ],
  ])('reads %j', (output, expected) => {
    expect(readBubblewrapFailure({ status: '{ "child-pid": 7 }\n', output })).toMatch(expected)
  })

  it.each([
    ['{ "child-pid": 7 }\n{ "exit-code": 1 }\n', 'bwrap: execvp make: No such file or directory\n'],
    ['{ "child-pid": 7 }\n', 'killed before it could say anything\n'],
    ['{ "child-pid": 7 }\n', 'bwrap: not the last line\nok\n'],
  ])('is not taken in by a test that was begun: %j %j', (status, output) => {
    expect(readBubblewrapFailure({ status, output })).toBeNull()
  })
})
