import { z } from 'zod'
import * as field from '../fields.ts'

/** For https repositories; goes into a mapping that has `url`. */
export const credentials = {
  user: field.line().optional().meta({
    description: 'User name for https; needs a password.',
    fallback: 'none',
    example: 'patchferry-bot',
  }),
  password: z.string().optional().meta({
    description: 'Password or access token for https, as `${NAME}` of an environment variable.',
    kind: 'secret',
    fallback: 'none',
    example: '${MIRROR_PASSWORD}',
  }),
  passwordFile: field.somePath().optional().meta({
    description: 'A file with the password or access token.',
    kind: 'secret file',
    fallback: 'none',
    example: './secrets/mirror-password',
  }),
  passwordCommand: field.secretCommand(
    'the password or access token as its first line',
    '[pass, show, patchferry/mirror]',
  ),
}
