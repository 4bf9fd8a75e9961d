const names = ['PATH', 'HOME', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'GNUPGHOME']

/** What a command that prints a secret gets of an environment: no more than PATH, HOME and the session bus. */
export function commandEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(names.map((name) => [name, environment[name]]))
}
