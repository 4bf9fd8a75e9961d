import type { ErrorCatalogue } from '../core/error-catalogue.ts'

export const flowErrors: ErrorCatalogue = {
  FLOW_STORE_LOST: {
    meaning:
      'The store is empty, or was half rebuilt, but archive and journal tell of earlier work.',
    remedy:
      'Run `patchferry rebuild`, which knows again what was sent; or put the store back where it was.',
  },
  FLOW_STATE_LOST: {
    meaning:
      'The mirror has series that an installation like this one published, and the state folder knows of none: it is another folder, its disk is not mounted, or it was lost. Working on would mail every report again.',
    remedy:
      'Put the state folder back, or run `patchferry restore DIR`. Without a backup, or to begin anew on this mirror, run `patchferry rebuild`: what was published is known then, and what may have been mailed waits for a person. Before the service starts, `patchferry import` what the sources have moved away, such as cur/ of a Maildir, or new versions begin topics of their own; and say again what people decided: opt-outs, withdrawals, links and approvals went with the journal. Each installation needs a mirror of its own.',
  },
  FLOW_RECORDS_LOST: {
    meaning:
      'The store has mails, reports or decisions that are in the archive or the journal too, and that one is gone or empty. Working on without it would lose what only it keeps.',
    remedy:
      'Put it back where it was. Otherwise move the whole state folder away and run `patchferry restore DIR`. Without a backup run `patchferry rebuild`, which goes by what is left, and says what is lost.',
  },
  FLOW_PUSH_CONTENDED: {
    meaning: 'A ref of the mirror moved between our look and our push.',
    remedy: 'Nothing: the job looks again by itself. If it goes on, find who else pushes there.',
  },
  FLOW_MIRROR_REFUSED: {
    meaning: 'The mirror refused our push for a reason that waiting does not change.',
    remedy:
      'Read the reason: a hook, a missing permission or a size limit. Mend it there, then `patchferry retest TOPIC`, or approve again what was held.',
  },
  FLOW_OVERLAY_REFUSED: {
    meaning: 'The mirror refused the CI files of `mirror.overlay` on top of a base branch.',
    remedy:
      'Read the reason. An App needs the permission `workflows: write` and a token the scope of that name; a rule that protects the branch must let the bot force its pushes. Series wait until then.',
  },
  FLOW_NO_SERIES: {
    meaning: 'The mail that was named is neither cover nor patch of a series.',
    remedy:
      'Name a cover or a patch; `patchferry explain MESSAGE-ID` says what a mail was taken for.',
  },
  FLOW_NO_MAIL: {
    meaning: 'No such mail has arrived.',
    remedy: 'Look at its Message-ID again; `patchferry import` takes a mail that is missing.',
  },
  FLOW_LINK_PROJECTS: {
    meaning: 'A series can be linked to topics of its own project only.',
    remedy:
      '`patchferry explain` says which project takes a series and why; mend `lists`, `prefixes` or `paths` of the projects.',
  },
  FLOW_UNLINK_FIRST: {
    meaning: 'The version has its topic from nobody else, so there is nothing to unlink it from.',
    remedy:
      'Unlink the other versions of the topic, or `patchferry link` this one to the topic it belongs to.',
  },
  FLOW_NOTHING_TO_UNDO: {
    meaning: 'Nobody corrected this, so there is nothing to take back.',
    remedy: '`patchferry explain` shows what people said, under the rule `manual`.',
  },
  FLOW_SPLIT_NO_PATCH: {
    meaning: 'Only a cover, a patch, or a reply that holds a patch can be part of a series.',
    remedy: '`patchferry explain MESSAGE-ID` says what the mail was taken for.',
  },
  FLOW_SPLIT_TAKEN: {
    meaning:
      'The other series has a mail with this number already, or the other mail is part of no series.',
    remedy: 'First take the mail that has the number out of it, with `patchferry split`.',
  },
  FLOW_SPLIT_NAMES_TOPIC: {
    meaning: 'The topic was published or reported under the id that this mail gives it.',
    remedy: 'Take the other mails out of the series instead.',
  },
  FLOW_SPLIT_NOTHING: {
    meaning: 'The mail is alone in its series, or all others of the series answer it and go along.',
    remedy: 'Take the mails out that do not belong to it.',
  },
}
