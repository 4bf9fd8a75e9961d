/** How long what nobody needs for ever is kept. */
export interface Retention {
  /** Whole logs of tests; what a report shows of them is kept with the result. */
  readonly logsMs: number
  /** Results of checks. Of an older head we know what we said of it, as after a rebuild. */
  readonly checksMs: number
  /** Jobs that were given up. */
  readonly givenUpMs: number
  /** Checkouts of tests that could not be removed at their end. */
  readonly checkoutsMs: number
  /** The ref of each mail on the mirror, whose commit the tag of its series names too; Infinity: for ever. */
  readonly mailRefsMs: number
}
