import type { Identity } from '../core/identity.ts';
import { chain } from '../core/live-sessions.ts';
import { type Passage, passesThrough } from '../core/passthrough.ts';
import { matchesWho } from './match.ts';

/** Whether somebody is tunnelled to `host:port`; where one acts for another, both must be let. */
export function mayPass(passages: readonly Passage[], identity: Identity, authority: string): boolean {
  const leading = passages.filter(({ hosts }) => passesThrough(hosts, authority));
  return chain(identity).every((one) => leading.some(({ who }) => matchesWho(who, one)));
}
