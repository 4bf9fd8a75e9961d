import type { ErrorCatalogue } from '../core/error-catalogue.ts'

/** Codes of the web room: answers of the two listeners, and faults of their start. */
export const webErrors: ErrorCatalogue = {
  WEB_LISTEN: {
    meaning: 'A listener cannot be opened on the configured address and port.',
    remedy: 'Stop what uses the port, or configure another one (0 takes a free one).',
  },
  WEB_ASSETS: {
    meaning: 'The files of the dashboard (templates/web) cannot be read.',
    remedy: 'Install the package again: they are part of it.',
  },
  WEB_HOST: {
    meaning: 'The request names a host that the operator listener does not answer for.',
    remedy:
      'Use one of the configured names, or add this one to the hosts of the operator listener. A web page of somebody else may have sent you here.',
  },
  WEB_NOT_FOUND: {
    meaning: 'There is nothing at this address.',
    remedy: 'Look for the Message-ID or the topic id with the search field.',
  },
  WEB_METHOD: {
    meaning: 'The address exists, but not for this method.',
    remedy: 'Use the method that the Allow header names.',
  },
  WEB_TOKEN: {
    meaning: 'The request has no token, or one that is not configured.',
    remedy: 'Send `Authorization: Bearer <token>` with a token of the configuration.',
  },
  WEB_BODY_TOO_LARGE: {
    meaning:
      'The body is larger than this address takes: 50 MiB for a mail, 25 MiB for a webhook delivery.',
    remedy:
      'Send a smaller one. The limits are fixed; where it is less, a proxy in front has one of its own.',
  },
  WEB_BODY_TYPE: {
    meaning: 'The body is not of the type that this address takes.',
    remedy: 'Send one mail as it is, with `Content-Type: message/rfc822` and no Content-Encoding.',
  },
  WEB_BODY_EMPTY: {
    meaning: 'The body is empty.',
    remedy: 'Send the bytes of one mail.',
  },
  WEB_UNAVAILABLE: {
    meaning: 'The service cannot take this now.',
    remedy: 'Try again in a minute. The log says under the id of the answer what is in the way.',
  },
  WEB_WEBHOOK: {
    meaning: 'No webhook of this name is configured.',
    remedy: 'Compare the address in the settings of the forge with the configuration.',
  },
  WEB_WEBHOOK_BODY: {
    meaning: 'The webhook delivery is signed, but it is not JSON.',
    remedy: 'Choose the content type `application/json` in the settings of the webhook.',
  },
  WEB_WEBHOOK_REFUSED: {
    meaning: 'The webhook delivery does not carry a valid signature.',
    remedy: 'Configure the same secret here and in the settings of the forge.',
  },
  WEB_LOGIN_NEEDED: {
    meaning: 'Looking needs no login, but this does.',
    remedy: 'Log in with a token of the configuration.',
  },
  WEB_LOGIN: {
    meaning: 'The token is not one of the configuration.',
    remedy: 'Copy it again, whole and without spaces around it.',
  },
  WEB_LOGIN_THROTTLED: {
    meaning: 'Too many wrong tokens came from this address.',
    remedy: 'Wait as long as the page says, then try again.',
  },
  WEB_FORM: {
    meaning: 'The form is too old, or was not sent from a page of this dashboard.',
    remedy: 'Load the page again and repeat what you did. Nothing was changed.',
  },
  WEB_FAULT: {
    meaning: 'The service failed to answer. This is a fault of ours.',
    remedy: 'Look in the log for the id of the answer, and report what stands there.',
  },
}
