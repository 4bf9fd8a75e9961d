import { type RawBuilder, sql } from 'kysely'
import type { Migration } from '../migrate.ts'
import type { SqlDialect } from '../sql-dialect.ts'

/** What the columns mean is said in `tables.ts`. */
export const firstSchema: Migration = {
  number: 1,
  name: 'first-schema',
  statements: (dialect) => [
    ...mails(dialect),
    ...series(dialect),
    ...results(dialect),
    ...decisions(dialect),
    ...work(dialect),
  ],
}

function mails({ serial, integer, strict, strictKeyOnly }: SqlDialect): RawBuilder<unknown>[] {
  return [
    sql`create table message_id (
      id ${serial},
      name text not null unique,
      full_text text
    ) ${strict}`,
    // Each pair is there in both directions, so that what holds for `a` holds for `b`.
    sql`create table message_link (
      a ${integer} not null references message_id (id),
      b ${integer} not null,
      primary key (a, b)
    ) ${strictKeyOnly}`,
    sql`create table message (
      id ${integer} not null primary key references message_id (id),
      content_hash text,
      loose_key text,
      loose_time ${integer},
      position text not null,
      blob text not null,
      arrived_at ${integer} not null,
      is_silent ${integer} not null,
      facts text not null
    ) ${strict}`,
    sql`create index message_loose on message (loose_key, loose_time)`,
    sql`create table delivery (
      id ${serial},
      source text not null,
      blob text not null,
      position text not null,
      location text not null,
      arrived_at ${integer} not null,
      is_silent ${integer} not null,
      message ${integer} references message_id (id),
      unique (blob, source)
    ) ${strict}`,
    sql`create index delivery_message on delivery (message)`,
    sql`create table quarantine (
      id ${serial},
      source text not null,
      blob text not null,
      position text not null,
      location text not null,
      code text not null,
      reason text not null,
      at ${integer} not null,
      unique (blob, source)
    ) ${strict}`,
    sql`create index quarantine_at on quarantine (at)`,
    sql`create table source_cursor (
      source text not null primary key,
      cursor text not null
    ) ${strict}`,
    sql`create table store_fact (
      name text not null primary key,
      value text not null
    ) ${strict}`,
  ]
}

function series({ serial, integer, strict, strictKeyOnly }: SqlDialect): RawBuilder<unknown>[] {
  return [
    sql`create table series (
      id ${serial},
      anchor ${integer} not null references message_id (id),
      version ${integer} not null,
      minor ${integer} not null,
      started_at ${integer} not null,
      change_id text,
      submitter text not null,
      project text,
      routing text not null,
      list text,
      topic text not null,
      linked_by text,
      digest text not null,
      is_silent ${integer} not null,
      updated_at ${integer} not null,
      facts text not null,
      unique (anchor, version, minor)
    ) ${strict}`,
    sql`create index series_topic on series (topic)`,
    sql`create index series_change_id on series (change_id)`,
    sql`create table series_mail (
      message ${integer} not null references message_id (id),
      is_own ${integer} not null,
      series ${integer} not null references series (id) on delete cascade,
      primary key (message, is_own, series)
    ) ${strictKeyOnly}`,
    sql`create index series_mail_series on series_mail (series)`,
    sql`create table series_patch (
      patch_id text not null,
      series ${integer} not null references series (id) on delete cascade,
      primary key (patch_id, series)
    ) ${strictKeyOnly}`,
    sql`create index series_patch_series on series_patch (series)`,
    sql`create table series_title (
      submitter text not null,
      stem text not null,
      started_at ${integer} not null,
      series ${integer} not null references series (id) on delete cascade,
      primary key (submitter, stem, started_at, series)
    ) ${strictKeyOnly}`,
    sql`create index series_title_series on series_title (series)`,
    sql`create table topic (
      topic text not null primary key,
      project text not null,
      slug text not null,
      is_fixed ${integer} not null,
      name text not null,
      submitter_name text not null,
      submitter_address text not null,
      version text not null,
      state text not null,
      verdict text,
      branch text,
      head text,
      pull_request ${integer},
      created_at ${integer} not null,
      updated_at ${integer} not null
    ) ${strict}`,
    sql`create index topic_updated on topic (updated_at)`,
    sql`create index topic_project on topic (project, updated_at)`,
    sql`create table fixed_mail (
      id ${serial},
      message ${integer} not null unique references message_id (id),
      topic text not null
    ) ${strict}`,
  ]
}

function results({ serial, integer, strict }: SqlDialect): RawBuilder<unknown>[] {
  return [
    sql`create table application (
      id ${serial},
      topic text not null,
      project text not null,
      version text not null,
      n ${integer},
      digest text not null,
      base text not null,
      base_rule text not null,
      head text,
      approved_by text,
      series_ref text,
      published_at ${integer},
      at ${integer} not null,
      facts text not null,
      unique (topic, version, digest, base)
    ) ${strict}`,
    sql`create index application_head on application (head)`,
    sql`create index application_base on application (base)`,
    sql`create table check_result (
      id ${serial},
      sha text not null,
      origin text not null,
      context_key text not null,
      context text not null,
      state text not null,
      summary text not null,
      target_url text,
      failing_step text,
      excerpt text not null,
      started_at ${integer},
      finished_at ${integer},
      log text,
      unique (sha, origin, context_key)
    ) ${strict}`,
  ]
}

function decisions({ serial, integer, strict }: SqlDialect): RawBuilder<unknown>[] {
  return [
    sql`create table decision (
      id ${serial},
      at ${integer} not null,
      message ${integer} references message_id (id),
      topic text,
      version text,
      step text not null,
      rule text not null,
      inputs text not null,
      result text not null
    ) ${strict}`,
    sql`create index decision_topic on decision (topic)`,
    sql`create index decision_message on decision (message)`,
    sql`create table human_decision (
      id ${serial},
      at ${integer} not null,
      "by" text not null,
      kind text not null,
      decision text not null,
      digest text not null unique
    ) ${strict}`,
    sql`create index human_decision_kind on human_decision (kind)`,
  ]
}

function work({ serial, integer, strict }: SqlDialect): RawBuilder<unknown>[] {
  return [
    sql`create table outbox (
      id ${serial},
      key_index text not null unique,
      key text not null,
      kind text not null,
      project text not null,
      topic text,
      version text,
      head text,
      message ${integer} not null references message_id (id),
      state text not null,
      note text not null,
      created_at ${integer} not null,
      updated_at ${integer} not null,
      mail text not null
    ) ${strict}`,
    sql`create index outbox_message on outbox (message)`,
    sql`create index outbox_topic on outbox (topic, created_at)`,
    sql`create index outbox_state on outbox (state, created_at)`,
    sql`create index outbox_created on outbox (created_at)`,
    sql`create table job (
      id ${serial},
      kind text not null,
      key_index text not null,
      key text not null,
      state text not null,
      run_at ${integer} not null,
      attempt ${integer} not null,
      deaths ${integer} not null,
      worker text,
      holder text,
      lease_until ${integer},
      again_at ${integer},
      last_error text,
      unique (kind, key_index)
    ) ${strict}`,
    sql`create index job_due on job (state, kind, run_at, id)`,
    sql`create index job_next on job (state, run_at, id)`,
  ]
}
