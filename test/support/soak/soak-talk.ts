/** What the soak asks of the service it drives. */
export type SoakRequest =
  /** Move the clock, and do everything that is due then. */
  | { readonly kind: 'advance'; readonly at: number }
  /** After a garbage collection. */
  | { readonly kind: 'measure' }
  | { readonly kind: 'end' }

export type SoakAnswer =
  | { readonly kind: 'ready' | 'idle' | 'ended' }
  | {
      readonly kind: 'measured'
      /** Bytes. */
      readonly rss: number
      readonly heapUsed: number
      readonly external: number
    }
