import { ownMails } from '../../core/series/series.ts'
import type { TopicView } from '../operator/load-topic.ts'
import { actForm } from './act-form.ts'
import { type Html, html } from './html.ts'
import type { Look } from './look.ts'
import { topicPath } from './piece.ts'

const reason = { label: 'Reason' }

/** Forms by which a person corrects the link of the shown version, and the place of its mails. */
export function correctForms(
  { topic, shown, versions }: Pick<TopicView, 'topic' | 'shown' | 'versions'>,
  look: Look,
): Html | null {
  if (shown === null) {
    return null
  }
  const { series, linkedBy } = shown.record
  const path = topicPath(topic.topic)
  const fields = { mail: series.anchor }
  const version = `v${shown.version}`
  const titles = new Map(series.patches.map((one) => [one.messageId, one.subject]))
  return html`${actForm(look, {
    action: `${path}/link`,
    label: `Move ${version} to another topic`,
    tone: 'plain',
    fields,
    inputs: [
      {
        name: 'to',
        label: 'Topic id, or Message-ID of a version',
        choices: null,
        isRequired: true,
      },
    ],
    reason: {
      ...reason,
      note: 'Versions that follow it by rule go along. Branches follow; nothing is tested or reported again.',
    },
  })}
${
  versions.length > 1 &&
  actForm(look, {
    action: `${path}/unlink`,
    label: `Take ${version} out`,
    tone: 'plain',
    fields,
    reason: { ...reason, note: 'It begins a topic of its own.' },
  })
}
${
  linkedBy === 'manual' &&
  actForm(look, {
    action: `${path}/undo-link`,
    label: `Let the rules link ${version}`,
    tone: 'plain',
    fields,
    reason: { ...reason, note: 'What was said of its link holds no more.' },
  })
}
${actForm(look, {
  action: `${path}/split`,
  label: 'Take out a mail',
  tone: 'plain',
  fields: {},
  inputs: [
    {
      name: 'mail',
      label: 'Mail',
      choices: ownMails(series).map((mail) => ({
        value: mail,
        label: titles.get(mail) ?? series.name,
      })),
      isRequired: true,
    },
    {
      name: 'to',
      label: 'Message-ID of a mail of the series it belongs to; empty for one of its own',
      choices: null,
      isRequired: false,
    },
  ],
  reason: { ...reason, note: 'Patches that answer it go along.' },
})}`
}
