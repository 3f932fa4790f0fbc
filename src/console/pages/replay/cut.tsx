import type { SessionBody } from '../../../api/contract/schemas.ts';
import { eventsMax } from '../../data/recording.ts';
import { Warnings } from '../../parts/warnings.tsx';

/** It is longer than a page plays. */
export function Cut({ session: { id } }: { readonly session: SessionBody }) {
  const told = `These are the first ${eventsMax.toLocaleString()} events of it: an export, or "sallyport replay ${id}", has all of them.`;
  return <Warnings>{[told]}</Warnings>;
}
