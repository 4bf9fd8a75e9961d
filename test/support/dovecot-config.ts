export interface DovecotOptions {
  /** Whether it takes mail by LMTP (RFC 2033), which is a package of its own. */
  readonly takesMail?: boolean
  /** What it says after the login that it can do, such as `IMAP4rev1 UIDPLUS`; all it can if absent. */
  readonly capability?: string
  /** Where it asks whether an access token is good (RFC 7662); tokens are not known if absent. */
  readonly introspectionUrl?: string
  /** Mechanisms that take a token. */
  readonly tokenMechanisms?: readonly string[]
}

/** Where one instance lives, and as whom. */
export interface DovecotPlace {
  readonly folder: string
  readonly user: string
  readonly group: string
  readonly port: number
  readonly tlsPort: number
  readonly lmtpPort: number
  readonly password: string
}

/** The text of dovecot.conf: every user exists, all have one password, and mail lies in Maildirs. */
export function dovecotConfig(place: DovecotPlace, options: DovecotOptions): string {
  const { folder, user, group } = place
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
protocols = imap${options.takesMail === true ? ' lmtp' : ''}
listen = 127.0.0.1
ssl = yes
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = ${['plain', 'login', ...(options.tokenMechanisms ?? [])].join(' ')}
auth_failure_delay = 0
auth_username_format = %Ln
default_internal_user = ${user}
default_internal_group = ${group}
default_login_user = ${user}
first_valid_uid = 1
mail_location = maildir:${folder}/mail/%u
mailbox_list_index = no
mail_max_userip_connections = 1000
${options.introspectionUrl === undefined ? '' : tokenConfig(folder)}
passdb {
  driver = static
  mechanisms = none plain login
  args = password=${place.password}
}
userdb {
  driver = static
  args = uid=${user} gid=${group} home=${folder}/mail/%u allow_all_users=yes
}
namespace inbox {
  inbox = yes
}
${options.capability === undefined ? '' : `protocol imap {\n  imap_capability = ${options.capability}\n}`}
service imap-login {
  chroot =
  service_count = 0
  inet_listener imap {
    address = 127.0.0.1
    port = ${place.port}
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = ${place.tlsPort}
    ssl = yes
  }
}
service imap {
  service_count = 100
}
${options.takesMail === true ? lmtpConfig(place) : ''}
# Without the list of failed logins, which makes the next ones wait.
service anvil {
  chroot =
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
`
}

function lmtpConfig({ user, lmtpPort }: DovecotPlace): string {
  return `
service lmtp {
  user = ${user}
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtpPort}
  }
}
`
}

function tokenConfig(folder: string): string {
  return `
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${folder}/tokens.conf
}
`
}

/** The text of the file that the above names. */
export function tokensConfig(introspectionUrl: string): string {
  return `
introspection_mode = post
introspection_url = ${introspectionUrl}
username_attribute = username
username_format = %Ln
active_attribute = active
active_value = true
`
}
