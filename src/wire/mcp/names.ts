/** Longer ones, or with other characters, are no names of tools here: nobody could tell some of them apart. */
const plainName = /^[\x21-\x7e]{1,128}$/;

export function isPlainName(name: string): boolean {
  return plainName.test(name);
}

/** Equal for names that a person or a model may take for one another: capitals, 0 and o, 1 and l and i, rn and m. */
export function skeleton(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('0', 'o')
    .replaceAll(/[1i|!]/g, 'l')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
}

/** Names of which another one is in the list that looks the same. */
export function lookAlikes(names: readonly string[]): ReadonlySet<string> {
  const groups = Map.groupBy(new Set(names), skeleton);
  return new Set([...groups.values()].filter(({ length }) => length > 1).flat());
}

/** Whether a text has characters that nobody sees, or that turn its direction: a model reads what a person does not. */
export function isDeceptive(text: string): boolean {
  const shown = text.replaceAll(/\p{Extended_Pictographic}\ufe0f?\u200d?/gu, '');
  return /\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}/u.test(shown);
}

/**
 * Why an address of a resource could be read in more than one way; undefined where it could not. Rules are about it as
 * it is written.
 */
export function uriProblem(uri: string): string | undefined {
  if (!/^[\x21-\x7e]{1,2048}$/.test(uri)) return 'it has characters that no URI may have unescaped';
  const [, scheme = '', rest = ''] = /^([^:]*):(.*)$/s.exec(uri) ?? [];
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) return 'it does not begin with a scheme in small letters';
  const authority = /^\/\/([^/?#]*)/.exec(rest)?.[1] ?? '';
  if (/[A-Z]/.test(authority)) return 'its host is not in small letters';
  if (/\\/.test(rest) || /%(?:2[ef]|5c|25|00)/i.test(rest))
    return 'it has a backslash, or an escaped dot, slash or %';
  if (/%(?:4[1-9a-f]|5[0-9a]|6[1-9a-f]|7[0-9a]|3[0-9]|2d|5f|7e)/i.test(rest)) {
    return 'it has an escape that stands for a plain character';
  }
  const path = rest.slice(authority === '' ? 0 : authority.length + 2).split(/[?#]/, 1)[0] ?? '';
  if (path.split('/').some((segment) => segment === '.' || segment === '..'))
    return 'it has a segment of dots';
  return undefined;
}
