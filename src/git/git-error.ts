import type { ErrorCatalogue } from '../core/error-catalogue.ts'

export const gitErrors: ErrorCatalogue = {
  GIT_MISSING: {
    meaning: 'The program git was not found.',
    remedy: 'Install git 2.32 or newer and make sure it is on the PATH of the service.',
  },
  GIT_TOO_OLD: {
    meaning: 'The installed git is older than 2.32.',
    remedy: 'Install git 2.32 or newer and make sure it comes first on the PATH of the service.',
  },
  GIT_NOT_STARTED: {
    meaning: 'The operating system would not start git.',
    remedy: 'Look at the limits on processes, memory and open files of the service.',
  },
  GIT_FAILED: {
    meaning: 'git ended with an exit status that nobody expected.',
    remedy:
      'Read what git said (details.stderr); `git fsck` in the repository tells if it is sound.',
  },
  GIT_TIMED_OUT: {
    meaning: 'git was stopped because it took longer than any sound call takes.',
    remedy: 'Look for a hanging disk or a repository that wants `git gc`.',
  },
  GIT_OUTPUT_TOO_LARGE: {
    meaning: 'git printed more than the caller is prepared to hold.',
    remedy:
      'The input asks for an unusually large answer; nothing can be done short of a smaller one.',
  },
  GIT_OUT_OF_MEMORY: {
    meaning: 'git ran out of memory, or the system killed it.',
    remedy: 'Give the machine more memory, or let fewer jobs run at once.',
  },
  GIT_DISK_FULL: {
    meaning: 'git could not write because the disk, or a quota on it, is full.',
    remedy: 'Free space on the disk of the repository and of the temporary folder.',
  },
  GIT_NOT_WRITABLE: {
    meaning: 'git could not write into the repository or the temporary folder.',
    remedy: 'Give the user of the service write permission, or mount the disk writable.',
  },
  GIT_REPOSITORY_MISSING: {
    meaning: 'There is no git repository at this path.',
    remedy: 'Give the path of a bare repository or of the .git folder of a clone.',
  },
  GIT_DUBIOUS_OWNERSHIP: {
    meaning: 'git refuses a repository because another user owns it.',
    remedy: 'Run as the owner of the repository, or change its owner.',
  },
  GIT_OBJECT_MISSING: {
    meaning: 'An object that was asked for is not in the repository.',
    remedy:
      'Fetch it, or restore the repository from its backup; `git fsck` names what is missing.',
  },
  GIT_HISTORY_REWRITTEN: {
    meaning: 'A branch that only grows no longer contains the commit it was read up to.',
    remedy:
      'If archive or journal was lost or put back from an older copy, which `patchferry doctor` tells, restore the whole from a backup. Else find out who rewrote it; the old commit is named in the details.',
  },
  GIT_REF_CONFLICT: {
    meaning: 'A ref of this repository could not be updated.',
    remedy: 'Another program holds its lock or uses its name as a folder; see the details.',
  },
  GIT_REMOTE_UNREACHABLE: {
    meaning: 'A remote repository did not answer.',
    remedy: 'Nothing, if it was a passing fault: it is tried again. Otherwise check its address.',
  },
  GIT_REMOTE_DENIED: {
    meaning: 'A remote repository answered, but will not let us read.',
    remedy: 'Check the token or key and what it may read.',
  },
  GIT_REMOTE_REF_MISSING: {
    meaning: 'A remote repository has no ref of this name.',
    remedy: 'Check the configured branch names against the remote.',
  },
  GIT_WRITE_FAILED: {
    meaning: 'Writing into a repository of ours failed below git: an I/O error of the disk.',
    remedy: 'Look at the kernel log and the health of the disk; it is tried again.',
  },
  GIT_BRANCH_SEALED: {
    meaning: 'A branch was closed because a newer repository takes its place.',
    remedy: 'Nothing: the archive goes on in its next epoch by itself.',
  },
  GIT_REF_BROKEN: {
    meaning: 'A ref of a repository of ours does not hold the name of a commit.',
    remedy:
      'Run `git fsck` there; write the newest commit it calls dangling into the ref, or restore the repository from its backup.',
  },
  GIT_REPOSITORY_UNSUPPORTED: {
    meaning: 'The folder for the archive or the journal holds something else.',
    remedy:
      'Name an empty or missing folder, or a bare repository with SHA-1 objects and refs in files.',
  },
  GIT_JOURNAL_UNREADABLE: {
    meaning: 'An entry of the journal cannot be read.',
    remedy:
      'Look at the commit that the message names. Take it out of the branch if it was made by hand; else restore the journal from its backup.',
  },
}
