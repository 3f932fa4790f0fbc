import type { ReactNode } from 'react';
import type { RecordedEvent } from '../../../api/contract/schemas/recorded.ts';
import { Shown } from '../../parts/shown.tsx';
import { SqlLine } from '../../parts/sql.tsx';
import { Who } from '../../parts/who.tsx';

/** What an event tells, in one line: the command, or who and what it is about. All of it is in the event itself. */
export function Summary({ event }: { readonly event: RecordedEvent }): ReactNode {
  if (event.text !== undefined) return <SqlLine>{event.text}</SqlLine>;
  const { identity, by, target, rule, decision, outcome, reason, because, subject, error, user } = event;
  const words = [
    decision,
    subject,
    target === undefined ? undefined : `on ${target}`,
    rule === undefined ? undefined : `“${rule}”`,
    user,
    outcome,
    reason,
    error,
    because,
  ].filter((word) => word !== undefined && word !== '');
  const somebody = identity ?? by;
  return (
    <>
      {somebody !== undefined && <Who is={somebody} />}{' '}
      {words.length > 0 && <Shown>{words.join(' · ')}</Shown>}
    </>
  );
}
