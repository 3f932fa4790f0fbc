/** `POST /v1/customers/42?key=x`, or an effect on such a path: one word, and an address without blanks. */
const request = /^(\S+) ((?:https?:\/\/[^\s/?#]+)?)(\/[^\s?#]*)(\S*)$/;
/** What people name parts of an API; another one may be somebody's number, name or key. */
const word = /^(?:[A-Za-z][A-Za-z_-]{0,30}|v\d{1,3}|)$/;

/** A request without what could be a value: no query, and of its path the words alone. Undefined where it is none. */
export function withoutPathValues(text: string): string | undefined {
  const [, verb, host = '', path = '', rest = ''] = request.exec(text) ?? [];
  if (verb === undefined) return undefined;
  const segments = path.split('/').map((segment) => (word.test(segment) ? segment : '*'));
  return `${verb} ${host}${segments.join('/')}${rest === '' ? '' : '?…'}`;
}
