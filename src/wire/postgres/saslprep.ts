/** RFC 3454 table C.1.2 (spaces that are not ASCII): mapped to the space (RFC 4013 §2.1). */
const otherSpaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;
/** RFC 3454 table B.1: mapped to nothing (RFC 4013 §2.1). */
// oxlint-disable-next-line no-misleading-character-class -- single code points, joiners among them
const mappedToNothing = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/gu;
/** RFC 4013 §2.3, by Unicode's general categories instead of RFC 3454's tables. */
const prohibited = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\ufffc\ufffd\u2ff0-\u2ffb]/u;

/**
 * A password as SCRAM hashes it: SASLprep (RFC 4013), and the password as it stands where that refuses it,
 * as pg_saslprep does. The check of text direction (RFC 3454 §6) is left out, and unassigned characters are
 * today's instead of Unicode 3.2's; only a password with right-to-left letters or recent characters can tell.
 */
export function saslPrep(password: string): string {
  // oxlint-disable-next-line no-control-regex -- ASCII is what this is about
  if (/^[\x00-\x7f]*$/.test(password)) return password;
  const mapped = password.replace(otherSpaces, ' ').replace(mappedToNothing, '').normalize('NFKC');
  return mapped === '' || prohibited.test(mapped) ? password : mapped;
}
