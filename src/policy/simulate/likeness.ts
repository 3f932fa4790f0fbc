import { normalFormOf } from '../../wire/sql/normal-form.ts';

/** Of a text that stands for many, this much is shown. */
const charsMax = 400;

/** What a text has in common with those that differ in values alone: SQL without its literals, paths without ids. */
export function likeness(text: string, protocol: string): string {
  const like =
    protocol === 'http' ? withoutIds(text) : protocol === 'postgres' ? withoutLiterals(text) : text;
  const short = like.trim().replaceAll(/\s+/g, ' ');
  return short.length > charsMax ? `${short.slice(0, charsMax)}…` : short;
}

function withoutLiterals(text: string): string {
  return normalFormOf(text)?.text ?? text;
}

/** `GET /v1/customers/7?full=1` → `GET /v1/customers/…?full=…`. A segment with a digit in it is taken for an id, but for `v1`. */
function withoutIds(text: string): string {
  const [path = '', query] = text.split(/\?(.*)/s);
  const segments = path
    .split('/')
    .map((segment) => (/\d/.test(segment) && !/^v\d+$/i.test(segment) ? '…' : segment));
  const names = query?.replaceAll(/=[^&]*/g, '=…');
  return segments.join('/') + (names === undefined ? '' : `?${names}`);
}
