import { z } from 'zod';
import type { SessionFilter } from '../../data/sessions.ts';
import { oneOf, textInAddress } from '../../parts/in-address.ts';
import { withinMs, withinNames } from '../../parts/within.ts';

export const verdictNames = { allow: 'allowed', hold: 'held', deny: 'denied' } as const;

/** What the address of the page says is looked for. */
const search = z.object({
  who: textInAddress,
  target: textInAddress,
  rule: textInAddress,
  verdict: oneOf(verdictNames),
  text: textInAddress,
  within: oneOf(withinNames),
});
export type SessionSearch = z.output<typeof search>;

export function sessionSearch(given: Readonly<Record<string, unknown>>): SessionSearch {
  return search.parse(given);
}

export function filterOf({ who, within, ...same }: SessionSearch): SessionFilter {
  return { ...same, subject: who, ...(within === undefined ? {} : { withinMs: withinMs(within) }) };
}
