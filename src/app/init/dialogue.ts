import type { Finding } from '../doctor/finding.ts'

/** A person who answers. */
export interface Dialogue {
  /** What is typed, without blanks around it. Rejects when there is nobody any more, and on Ctrl-C. */
  ask(text: string, isSecret: boolean): Promise<string>
  tell(finding: Finding): void
}

/** Typed in place of an answer. */
export const goBack = '<'

/**
 * Whether the person says yes; an empty line is `isYes`. Where an answer is what is agreed to, who goes back to it does
 * not.
 */
export async function isAgreed(
  dialogue: Dialogue,
  question: string,
  isYes: boolean,
  mayGoBack = false,
): Promise<boolean> {
  const asked = `${question} [${isYes ? 'yes' : 'no'}]: `
  let answer = await dialogue.ask(asked, false)
  // Anything else would throw all answers away.
  while (!(mayGoBack && answer === goBack) && !/^(?:y|yes|n|no)?$/i.test(answer)) {
    answer = await dialogue.ask(`Please answer yes or no. ${asked}`, false)
  }
  return answer === '' ? isYes : /^y/i.test(answer)
}
