import type { Identity } from '../../core/identity.ts';
import type { Who } from '../../core/rule.ts';
import { matchesWho } from '../match.ts';
import type { Gap } from './gaps.ts';

/** Whether a rule is about an identity of which not all is known; the gap where that cannot be told. */
export function isAbout(who: Who, identity: Identity, missing: ReadonlySet<Gap>): boolean | Gap {
  const { not, groups, claims, ...rest } = who;
  const parts: (boolean | Gap)[] = [matchesWho(rest, identity)];
  if (groups !== undefined) parts.push(missing.has('groups') ? 'groups' : matchesWho({ groups }, identity));
  if (claims !== undefined) parts.push(missing.has('claims') ? 'claims' : matchesWho({ claims }, identity));
  if (not !== undefined) {
    const but = isAbout(not, identity, missing);
    parts.push(typeof but === 'boolean' ? !but : but);
  }
  if (parts.includes(false)) return false;
  return parts.find((part) => part !== true) ?? true;
}
