/** What git and the programs it starts (ssh, the TLS library) need of our own environment to reach a remote, besides `PATH`. */
export const inheritedByGit: readonly string[] = [
  'TMPDIR',
  'SSH_AUTH_SOCK',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
]
