import { z } from 'zod';
import { numberInAddress } from '../../parts/in-address.ts';

const search = z.object({
  /** The `seq` of the event that one looks at: a link to a moment. */
  at: numberInAddress,
});
export type ReplaySearch = z.output<typeof search>;

export function replaySearch(given: Readonly<Record<string, unknown>>): ReplaySearch {
  return search.parse(given);
}
