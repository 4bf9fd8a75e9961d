import * as commitLooks from './queries/commit-looks.ts'
import * as decisions from './queries/decisions.ts'
import * as deliveries from './queries/deliveries.ts'
import * as dialogues from './queries/dialogues.ts'
import * as digestItems from './queries/digest-items.ts'
import * as hookDeliveries from './queries/hook-deliveries.ts'
import * as jobs from './queries/jobs.ts'
import { type KnownSeries, knownSeriesIn } from './queries/known-series.ts'
import { type MessageIds, messageIdsIn } from './queries/message-ids.ts'
import * as messages from './queries/messages.ts'
import { forgetOld } from './queries/old-rows.ts'
import * as outbox from './queries/outbox.ts'
import * as pullRequests from './queries/pull-requests.ts'
import { relatives } from './queries/relatives.ts'
import { replaceSeries } from './queries/replace-series.ts'
import * as results from './queries/results.ts'
import * as series from './queries/series.ts'
import { thread, threads } from './queries/thread.ts'
import * as topics from './queries/topics.ts'
import * as watch from './queries/watch.ts'
import type { StoreReader, StoreTransaction } from './store.ts'
import type { Db } from './tables.ts'

/** All that can be looked at, through one transaction. */
export function storeReader(
  db: Db,
  looseGapMs: number,
  decided: decisions.KnownDecisions,
  ids: MessageIds = messageIdsIn(db),
  human: decisions.HumanDecisionsRead = decisions.humanDecisionsIn(db, decided),
  fixed: topics.FixedMails = topics.fixedMailsIn(db, ids),
  known: KnownSeries | null = null,
): StoreReader {
  return {
    cursor: (source) => deliveries.cursor(db, source),
    archiveTip: () => deliveries.archiveTip(db),
    deliveredAmong: (source, blobs) => deliveries.deliveredAmong(db, source, blobs),
    deliveries: (messageId) => deliveries.deliveries(db, ids, messageId),
    message: (messageId) => messages.message(db, ids, messageId),
    firstMessages: (limit) => messages.firstMessages(db, limit),
    messages: (messageIds) => messages.messages(db, ids, messageIds),
    thread: (messageId) => thread(db, ids, messageId, looseGapMs),
    threads: (messageIds, limit) => threads(db, ids, messageIds, limit, looseGapMs),
    sourcesOf: (messageIds) => deliveries.sourcesOf(db, ids, messageIds),
    quarantine: (limit) => deliveries.quarantine(db, limit),
    seriesOf: (messageId) => series.seriesOf(db, ids, messageId),
    seriesByAnchor: (anchor) => series.seriesByAnchor(db, ids, anchor),
    seriesOfTopic: (topic) => series.seriesOfTopic(db, known, topic),
    seriesTouching: (messageIds) => series.seriesTouching(db, ids, known, messageIds),
    hasOtherTopic: (submitter, topic) => series.hasOtherTopic(db, submitter, topic),
    seriesWithPatches: (patchIds) => series.seriesWithPatches(db, patchIds),
    seriesBuiltOn: (messageIds, patchIds) => series.seriesBuiltOn(db, messageIds, patchIds),
    relatives: (query) => relatives(db, ids, known, query),
    unroutedSeries: (limit) => series.unroutedSeries(db, limit),
    unroutedCounts: () => series.unroutedCounts(db),
    topic: (topic) => topics.topic(db, known, topic),
    topics: (filter) => topics.topics(db, filter),
    fixedTopicOf: (messageIds) => fixed.topicOf(messageIds),
    applications: (topic) => results.applications(db, topic),
    publishedBetween: (project, after, until, limit) =>
      results.publishedBetween(db, project, after, until, limit),
    applicationsTouching: (commit) => results.applicationsTouching(db, commit),
    publishedHeads: (head) => results.publishedHeads(db, head),
    checks: (sha) => results.checks(db, sha),
    commitLook: (project, sha) => commitLooks.commitLook(db, project, sha),
    pastHeads: (project, limit) => commitLooks.pastHeads(db, project, limit),
    checkLog: (sha, context) => results.checkLog(db, sha, context),
    decisions: (of) => decisions.decisions(db, ids, of),
    humanDecisions: (...kinds) => human.ofKinds(kinds),
    outboxEntry: (key) => outbox.outboxEntry(db, key),
    outboxByMessageId: (messageId) => outbox.outboxByMessageId(db, ids, messageId),
    outboxKeysEndingIn: (end, limit) => outbox.outboxKeysEndingIn(db, end, limit),
    outboxByIdStart: (start) => outbox.outboxByIdStart(db, start),
    outbox: (filter) => outbox.outbox(db, filter),
    offered: (of) => outbox.offered(db, of),
    nthLastDialogue: (n, domain, now) => dialogues.nthLastDialogue(db, n, domain, now),
    digestItems: (of) => digestItems.digestItems(db, of),
    nextTurns: (keys) => outbox.nextTurns(db, keys),
    pullRequests: (of) => pullRequests.pullRequests(db, of),
    outboxCounts: () => outbox.outboxCounts(db),
    jobCounts: () => jobs.jobCounts(db),
    deadJobs: (limit) => jobs.deadJobs(db, limit),
    failedJobs: (limit) => jobs.failedJobs(db, limit),
    nextJobAt: () => jobs.nextJobAt(db),
    oldestDue: (now) => jobs.oldestDue(db, now),
    arrivals: (source) => watch.arrivals(db, source),
    watched: () => watch.watched(db),
    messageCount: () => messages.messageCount(db),
  }
}

/** All that can be looked at and written, through one transaction. */
export function storeTransaction(
  db: Db,
  looseGapMs: number,
  decided: decisions.KnownDecisions,
): StoreTransaction {
  const ids = messageIdsIn(db)
  const human = decisions.humanDecisionsIn(db, decided)
  const fixed = topics.fixedMailsIn(db, ids)
  const known = knownSeriesIn(db, ids)
  return {
    ...storeReader(db, looseGapMs, decided, ids, human, fixed, known),
    async expectMessageIds(messageIds) {
      await ids.intern(messageIds)
    },
    expectSeries: (expected, mails) => known.expect(expected, mails),
    saveCursor: (source, cursor) => deliveries.saveCursor(db, source, cursor),
    advanceArchiveTip: (from, to) => deliveries.advanceArchiveTip(db, from, to),
    addDelivery: (delivery) => deliveries.addDelivery(db, ids, delivery),
    addMessage: (message, delivery) => messages.addMessage(db, ids, message, delivery),
    addQuarantine: (record) => deliveries.addQuarantine(db, record),
    replaceSeries: (ownMails, records) => replaceSeries(db, ids, known, ownMails, records),
    saveTopic: (topic) => topics.saveTopic(db, known, topic),
    dropEmptyTopics: (empty) => topics.dropEmptyTopics(db, empty),
    fixTopic: (topic, mails) => fixed.fix(topic, mails),
    saveApplication: (record) => results.saveApplication(db, record),
    saveCheck: (check, log) => results.saveCheck(db, check, log),
    removeChecks: (sha) => results.removeChecks(db, sha),
    saveCommitLook: (look) => commitLooks.saveCommitLook(db, look),
    addDecision: (decision) => decisions.addDecisions(db, ids, [decision]),
    addDecisions: (added) => decisions.addDecisions(db, ids, added),
    addHumanDecision: (entry) => human.add(entry),
    addToOutbox: (record) => outbox.addToOutbox(db, ids, record),
    moveOutbox: (key, from, to, note, at) => outbox.moveOutbox(db, key, from, to, note, at),
    rewriteMail: (key, mail) => outbox.rewriteMail(db, key, mail),
    hastenFailed: (codes, at) => jobs.hastenFailed(db, codes, at),
    hastenMails: (noteStart, at) => outbox.hastenMails(db, noteStart, at),
    noteDialogue: (domains, at) => dialogues.noteDialogue(db, domains, at),
    addDigestItem: (item, state, digest) => digestItems.addDigestItem(db, item, state, digest),
    settleDigestItem: (key, state, digest) => digestItems.settleDigestItem(db, key, state, digest),
    noteHookDelivery: (endpoint, deliveryId, kind, at) =>
      hookDeliveries.noteHookDelivery(db, endpoint, deliveryId, kind, at),
    noteArrival: (source, at) => watch.noteArrival(db, source, at),
    saveWatched: (conditions, at) => watch.saveWatched(db, conditions, at),
    savePullRequest: (record) => pullRequests.savePullRequest(db, record),
    removePullRequest: (project, number) => pullRequests.removePullRequest(db, project, number),
    enqueue: jobs.enqueueingIn(db),
    forgetOld: (old, limit) => forgetOld(db, old, limit),
    takeDue: (kind, dueAt, limit) => jobs.takeDue(db, kind, dueAt, limit),
    complete: (job) => jobs.complete(db, job),
  }
}
