/** What the parser reads at most of one mail. Beyond a limit marked (cut) the rest is left out, and `problems` says so. */
export const mailLimits = {
  /** A larger mail is unreadable. */
  mailBytes: 64 * 1024 * 1024,
  /** A larger header makes the mail unreadable. */
  headerBytes: 1024 * 1024,
  /** Nested multiparts and forwarded mails; what lies deeper is not looked at. */
  mimeDepth: 20,
  /** (cut) */
  mimeParts: 1000,
  /** Compressed attachments of one mail, and the bytes of each when unpacked; what is more stays as it is. */
  unpackedParts: 20,
  unpackedBytes: 8 * 1024 * 1024,
  /** Ids of References and In-Reply-To together (cut: the first and the newest are kept). */
  references: 1000,
  /** Addresses of one header (cut). */
  addresses: 1000,
  /** Characters of a display name or an address (cut). */
  nameLength: 1000,
  /** (cut) */
  trailers: 500,
  /** Files of one diff (cut). */
  files: 20_000,
} as const
