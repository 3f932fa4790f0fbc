import { SallyportError } from './errors.ts';
import type { Permit } from './govern.ts';
import type { Journal } from './ports.ts';

/**
 * For protocols whose commands are no bytes of one stream: uses up the permit once what it permits is on record.
 * What it permits may go on when this has ended, and not before.
 * @throws SallyportError `journal_unavailable`; nothing may then go on
 */
export async function release(journal: Journal, permit: Permit): Promise<void> {
  permit.spend();
  await journal.commit();
  // Somebody else's failed write may have taken the event with it before this one succeeded.
  if (permit.losses === journal.losses) return;
  throw new SallyportError('journal_unavailable', 'Sallyport: the record of this command was lost', {
    hint: 'It did not run; send it again.',
  });
}
