import { z } from 'zod';
import type { EventFilter } from '../../data/events.ts';
import { textInAddress, oneOf } from '../../parts/in-address.ts';
import { withinMs, withinNames } from '../../parts/within.ts';

/** What the address of the page says is looked for. */
const search = z.object({
  type: textInAddress,
  who: textInAddress,
  target: textInAddress,
  rule: textInAddress,
  text: textInAddress,
  within: oneOf(withinNames),
});
export type AuditSearch = z.output<typeof search>;

export function auditSearch(given: Readonly<Record<string, unknown>>): AuditSearch {
  return search.parse(given);
}

export function filterOf({ who, within, ...same }: AuditSearch): EventFilter {
  return { ...same, subject: who, ...(within === undefined ? {} : { withinMs: withinMs(within) }) };
}
