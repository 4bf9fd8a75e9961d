#!/usr/bin/env node
// The proc-receive hook of a repository (githooks(5)): hands pushes to refs/for/ over to the server and reports what it says.
import { readSync, writeSync } from 'node:fs'

function read(length) {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; ) {
    const count = readSync(0, bytes, at, length - at)
    if (count === 0) {
      process.exit(1)
    }
    at += count
  }
  return bytes
}

/** Packet lines up to the next flush. */
function section() {
  const lines = []
  for (;;) {
    const length = Number.parseInt(read(4).toString('latin1'), 16)
    if (length === 0) {
      return lines
    }
    lines.push(
      read(length - 4)
        .toString('utf8')
        .replace(/\n$/, ''),
    )
  }
}

function send(lines) {
  const packets = lines.map((line) => {
    const bytes = Buffer.from(`${line}\n`)
    return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes])
  })
  writeSync(1, Buffer.concat([...packets, Buffer.from('0000')]))
}

const [offered = ''] = section()
const hasOptions = (offered.split('\0')[1] ?? '').split(' ').includes('push-options')
send([`version=1${hasOptions ? '\0push-options' : ''}`])
const commands = section().map((line) => {
  const [before, after, ref] = line.split(' ')
  return { before, after, ref }
})
const options = hasOptions ? section() : []
const response = await fetch(process.env.PATCHFERRY_FAKE_HOOK, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ login: process.env.REMOTE_USER, commands, options }),
})
const results = await response.json()
send(
  results.flatMap(({ ref, refused, name, before, after, isForced }) =>
    refused
      ? [`ng ${ref} ${refused}`]
      : [
          `ok ${ref}`,
          `option refname ${name}`,
          `option old-oid ${before}`,
          `option new-oid ${after}`,
          ...(isForced ? ['option forced-update'] : []),
        ],
  ),
)
