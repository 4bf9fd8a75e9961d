/** What keeps a test, which is strangers' code, apart from this machine. */
export type Isolation =
  /** Nothing but a scrubbed environment and a process group. */
  | { readonly kind: 'none' }
  /** Own namespaces: no network, no other processes, no files but the system's programs and the checkout. */
  | {
      readonly kind: 'bubblewrap'
      /** Further absolute paths that may be read, such as a compiler outside `/usr`. */
      readonly readable: readonly string[]
    }
  | {
      readonly kind: 'container'
      readonly engine: 'podman' | 'docker'
      readonly image: string
      /** Null: no limit but the machine's. */
      readonly memoryBytes: number | null
      readonly processes: number | null
    }
