import { sql } from 'kysely'
import type { Migration } from '../migrate.ts'

/** Decisions that were made together are one row, which is half the work where much mail is imported. */
export const decisionGroups: Migration = {
  number: 13,
  name: 'decision-groups',
  statements: ({ serial, integer, strict, strictKeyOnly, json, jsonArray }) => [
    sql`create table decision_group (
      id ${serial},
      at ${integer} not null,
      decisions text not null
    ) ${strict}`,
    sql`create table decided_mail (
      message ${integer} not null references message_id (id),
      decision_group ${integer} not null references decision_group (id),
      primary key (message, decision_group)
    ) ${strictKeyOnly}`,
    sql`create table decided_topic (
      topic text not null,
      decision_group ${integer} not null references decision_group (id),
      primary key (topic, decision_group)
    ) ${strictKeyOnly}`,
    // Each for itself: so the order stays, and no more than one is in memory.
    sql`insert into decision_group (id, at, decisions)
      select decision.id, decision.at, '[' || ${jsonArray}(
        coalesce(message_id.full_text, message_id.name),
        decision.topic,
        decision.version,
        decision.step,
        decision.rule,
        ${json}(decision.inputs),
        decision.result
      ) || ']'
      from decision left join message_id on message_id.id = decision.message
      order by decision.id`,
    sql`insert into decided_mail (message, decision_group)
      select message, id from decision where message is not null order by message, id`,
    sql`insert into decided_topic (topic, decision_group)
      select topic, id from decision where topic is not null order by topic, id`,
    sql`drop table decision`,
  ],
}
