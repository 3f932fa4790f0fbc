import type { Span } from './span.ts';

const grouped = /(?<!\d|\d-)(\d{3})([- ])(\d{2})\2(\d{4})(?!\d|-\d)/g;
const loose = /(?<!\d)(\d{3})(\.?)(\d{2})\2(\d{4})(?!\d)/g;
const named = /ssn|social.?sec/i;
const nameReach = 32;

/** Social security numbers in groups; nine digits in a row, or with dots, only shortly after a word that names them. */
export function findUsSsns(text: string): Span[] {
  const found: Span[] = [];
  for (const match of text.matchAll(grouped)) {
    const [whole, area = '', , group = '', serial = ''] = match;
    if (isIssued(area, group, serial)) found.push({ start: match.index, end: match.index + whole.length });
  }
  for (const match of text.matchAll(loose)) {
    const [whole, area = '', , group = '', serial = ''] = match;
    const before = text.slice(Math.max(0, match.index - nameReach), match.index);
    if (isIssued(area, group, serial) && named.test(before)) {
      found.push({ start: match.index, end: match.index + whole.length });
    }
  }
  return found;
}

/** What the Social Security Administration never gives out: area 000, 666, 900–999; group 00; serial 0000. */
function isIssued(area: string, group: string, serial: string): boolean {
  return area !== '000' && area !== '666' && area < '900' && group !== '00' && serial !== '0000';
}
