/**
 * What in the lines that a patch adds to `.gitmodules` would have git do more than clone when somebody updates submodules;
 * null where there is nothing. These are the rules of git-fsck(1), by which forges refuse a push: gitmodulesName, -Url,
 * -Path, -Update.
 */
export function submoduleTrick(part: string): string | null {
  const added = [...part.matchAll(/^\+(?!\+\+ )(?<line>.*)$/gm)]
    .map((found) => found.groups?.['line'] ?? '')
    .join('\n')
    .replace(/\\\r?\n/g, '')
  for (const line of added.split('\n')) {
    const name = /^\s*\[\s*submodule(?:\s+"|\.)(?<name>.*?)"?\s*\]/i.exec(line)?.groups?.['name']
    if (name?.split(/[/\\]/).includes('..')) {
      return 'a submodule is named so that it leaves its folder'
    }
    const setting = /(?:^|\])\s*(?<key>url|path|update)\s*=\s*"?(?<value>.*)$/i.exec(line)?.groups
    const trick = settingTrick(setting?.['key']?.toLowerCase() ?? '', setting?.['value'] ?? '')
    if (trick !== null) {
      return trick
    }
  }
  return null
}

function settingTrick(key: string, value: string): string | null {
  switch (key) {
    case 'url':
      return /^-|^[a-z0-9+.-]*::|%0a|\\n/i.test(value)
        ? 'the address of a submodule is an option or a command'
        : null
    case 'path':
      return /^-|^[/\\]|(?:^|[/\\])\.\.(?:[/\\]|$)/.test(value)
        ? 'the path of a submodule leads outside, or is an option'
        : null
    case 'update':
      return value.startsWith('!') ? 'updating a submodule runs a command' : null
    default:
      return null
  }
}
