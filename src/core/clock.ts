/** The time now. Passed in wherever it matters, so that tests and `replay` can set it. */
export type Clock = () => Date
