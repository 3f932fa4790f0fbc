import type { Event } from '../core/event.ts';
import type { Journal } from '../core/ports.ts';

/**
 * Puts an act on record before it happens. Append and commit are one synchronous step, so nobody else's failed
 * commit can take the event away in between.
 * @throws SallyportError `journal_unavailable`; the act must then not happen
 */
export async function onRecord(journal: Journal, event: Event): Promise<void> {
  journal.append(event);
  await journal.commit();
}
