import type { ErrorCatalogue } from '../core/error-catalogue.ts'

/** What the commands themselves refuse. */
export const appErrors: ErrorCatalogue = {
  CLI_ANSWER_MISSING: {
    meaning: '`patchferry init` was not told all it needs, and nobody is there to ask.',
    remedy: 'Give it as an option, or run init on a terminal and answer the questions.',
  },
  CLI_ANSWER_WRONG: {
    meaning: 'What `patchferry init` was told does not work, and nobody is there to ask.',
    remedy: 'Correct the option that the message names; `--no-check` takes it as it is.',
  },
  CLI_BACKUP_DAMAGED: {
    meaning: 'What the backup holds is not what it says that it holds, or git cannot read it.',
    remedy:
      'Restore another copy of the backup; the state folder is as it was before. Without any: copy `archive` and `journal.git` of the backup there by hand, as far as git can read them, and run `patchferry rebuild`.',
  },
  CLI_BACKUP_DISK_FULL: {
    meaning:
      'The disk of the backup is full. The backup that was there before it is whole, and the service goes on.',
    remedy: 'Make room on that disk, or name a folder on another one; then run it again.',
  },
  CLI_BACKUP_FOLDER: {
    meaning: 'The folder for the backup holds other files, or lies in the state folder.',
    remedy: 'Name an empty folder on another disk, or the folder of an earlier backup.',
  },
  CLI_BACKUP_MISSING: {
    meaning: 'The folder that was named holds no backup.',
    remedy: 'Name the folder that was given to `patchferry backup`.',
  },
  CLI_BACKUP_NEWER: {
    meaning: 'The backup was made by a newer version of Patchferry.',
    remedy: 'Use that version, or a later one.',
  },
  CLI_BACKUP_OTHER: {
    meaning:
      'The folder holds the backup of another installation, or of a later state of this one.',
    remedy:
      'Name another folder. If state was set back by hand, keep that folder: it knows of mails that were sent.',
  },
  CLI_BACKUP_RUNNING: {
    meaning: 'Another `patchferry backup` writes into this folder.',
    remedy: 'Wait until it has ended.',
  },
  CLI_BACKUP_UNFINISHED: {
    meaning: 'The first backup into this folder broke off, so that there is none that is whole.',
    remedy:
      'Restore another one. Without any: archive and journal in it, as far as they go, are good for `patchferry rebuild`.',
  },
  CLI_BASE_UNKNOWN: {
    meaning: 'The revision given with --base names no commit of the repository.',
    remedy: 'Name a commit, branch or tag of the repository given with --repo.',
  },
  CLI_DEMO_FOLDER_IN_USE: {
    meaning: 'The folder given with `demo --directory` holds something already.',
    remedy: 'Name a new or an empty folder.',
  },
  CLI_DEMO_FORGE_UNFIT: {
    meaning:
      'The forge does not know the token or the repository of `demo --forge`, or does not let the one do what is needed in the other.',
    remedy: 'Correct the URL, or make a token that may write there; docs/forges.md says which.',
  },
  CLI_DEMO_FORGE_UNKNOWN: {
    meaning: 'The server of `demo --forge` answers neither as GitHub nor as Forgejo or Gitea does.',
    remedy: 'Give the URL of a repository as a browser shows it: https://codeberg.org/me/try.',
  },
  CLI_DEMO_PUSH_REFUSED: {
    meaning: 'The repository of `demo --forge` did not take the branch of the demo.',
    remedy: 'Take an empty repository, and a token that may write to it.',
  },
  CLI_DEMO_REPOSITORY_IN_USE: {
    meaning:
      'The repository of `demo --forge` holds something that no earlier demo made: it may be somebody’s work.',
    remedy: 'Make an empty repository for this.',
  },
  CLI_DEMO_TOKEN_MISSING: {
    meaning: '`demo --forge` has no token for the forge.',
    remedy:
      'Put an access token into a file and name it with --token-file, or set PATCHFERRY_FORGE_TOKEN; never write it on the command line.',
  },
  CLI_DISK_FULL: {
    meaning: 'A disk, or a quota on it, is full. Nothing was lost.',
    remedy: 'Free space on the disk of the path that the message names, and try again.',
  },
  CLI_FILE_EXISTS: {
    meaning: 'The file that was to be written is there already.',
    remedy: 'Name another file with --config, or move the old one away.',
  },
  CLI_OVERLAY_UNUSABLE: {
    meaning: 'The folder of `mirror.overlay` cannot be read, is empty, or holds what is no file.',
    remedy: 'Correct the folder that the message names. Series wait until it can be read.',
  },
  CLI_OVERLAY_UNREAD: {
    meaning:
      '`mirror.overlay` holds nothing that the CI of this mirror would read from the base. A plain repository has no such CI; Forgejo and Gitea read workflows of `pull_request` from the head alone, and those of `pull_request_target` from the base.',
    remedy:
      'With Forgejo or Gitea start from `templates/workflows/forgejo-overlay.yml`; else remove `mirror.overlay`, and have the workflows in upstream, or use `tests`. docs/forges.md says more.',
  },
  CLI_OVERLAY_SECRETS: {
    meaning:
      '`mirror.overlay` is given for a forge that runs what lies on the base with the secrets of the repository, and with this `placement` pull requests have none without it.',
    remedy:
      'Remove all secrets of the mirror and of its owner, then write `mirror.holdsNoSecrets: true`; or remove `mirror.overlay`. docs/forges.md says more.',
  },
  CLI_PIPE_ALONE: {
    meaning: '`patchferry import -`, which takes one mail, was given other paths too.',
    remedy: 'Name `/dev/stdin` where an archive comes on standard input.',
  },
  CLI_LOGIN_REFUSED: {
    meaning:
      'The pass of `patchferry sync` is over, but jobs wait since a forge, the mirror or the mail server refuses a login or a permission.',
    remedy:
      'Mend the token, the password or the permission that the message names; `patchferry doctor` tries them. What waits is tried again by itself.',
  },
  CLI_NOTHING_PIPED: {
    meaning: '`patchferry import -` was given nothing on standard input.',
    remedy: 'Pipe one mail into it; look at the rule of the MTA or procmail that should.',
  },
  CLI_PATH_NOT_WRITABLE: {
    meaning: 'A file or folder cannot be written by this user, or its disk is mounted read-only.',
    remedy:
      'Give the user that runs Patchferry write permission, or mount the disk so that it can be written; or give another path.',
  },
  CLI_RETURN_PATH_KEY_DAMAGED: {
    meaning: 'The file of the key that bounce addresses are made with holds something else.',
    remedy: 'Restore it from a backup, or remove it: what bounces of older reports is not counted.',
  },
  CLI_PATH_UNUSABLE: {
    meaning: 'A file or folder is missing and cannot be made, or something else is in its place.',
    remedy:
      'Correct the path where it was given, in the configuration or on the command line; or mount the disk it should be on, or move away what is in its place.',
  },
  CLI_RESTORE_UNFINISHED: {
    meaning:
      'A `patchferry restore` into this state folder runs, or broke off. Nothing else works there before one has come to its end.',
    remedy:
      'Run `patchferry restore DIR` again, from the same backup or another; it begins anew by itself. Without any that is whole: remove everything in the state folder but `return-path.key`, copy `archive` and `journal.git` of a backup there, as far as git can read them, and run `patchferry rebuild`.',
  },
  CLI_STATE_NOT_EMPTY: {
    meaning: 'The state folder that was to be restored holds something already.',
    remedy:
      'Stop the service first. Then move it aside and keep it: its journal may know of mails that the backup does not. Then restore.',
  },
  CLI_REF_EXISTS: {
    meaning: 'The ref given with --ref exists and points at another commit.',
    remedy: 'Give another name, or --force to move it.',
  },
  CLI_REF_INVALID: {
    meaning: 'What was given with --ref cannot be the name of a ref.',
    remedy:
      'Write the full name, such as refs/heads/review; `git help check-ref-format` has the rules.',
  },
  CLI_REF_NEEDS_ONE_SERIES: {
    meaning: '`--ref` keeps the result of one series, and the mails hold none or several.',
    remedy: 'Give the mails of one series only, or leave out --ref.',
  },
}
