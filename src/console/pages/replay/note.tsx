import type { ReactNode } from 'react';
import type { RecordedEvent } from '../../../api/contract/schemas/recorded.ts';
import { Shown } from '../../parts/shown.tsx';
import { Who } from '../../parts/who.tsx';

/** What happened that is no command, in one line. An event that this page does not know is named, never hidden. */
export function noteTitle(event: RecordedEvent): ReactNode {
  switch (event.type) {
    case 'session.opened':
      return 'The session begins';
    case 'session.closed':
      return (
        <>
          The session ends: <Shown>{event.reason ?? ''}</Shown>
        </>
      );
    case 'session.killed':
      return event.by === undefined ? (
        'Ended by somebody'
      ) : (
        <>
          Ended by <Who is={event.by} />
        </>
      );
    case 'lease.made':
      return (
        <>
          Credential made: <Shown>{event.user ?? ''}</Shown>
        </>
      );
    case 'lease.ended':
      return (
        <>
          Credential gone: <Shown>{event.user ?? ''}</Shown>
        </>
      );
    case 'command.estimated':
      return 'The target is asked what it expects of a held command';
    case 'command.previewed':
      return 'A held command is run, to be undone unless it is approved';
    case 'preview.ended':
      return event.outcome === 'kept'
        ? 'What was run while it was held is kept'
        : 'What was run while it was held is undone';
    case 'tunnel.ended':
      return `A tunnel ends: ${(event.sent ?? 0).toLocaleString()} bytes sent, ${(event.received ?? 0).toLocaleString()} received`;
    default:
      return <Shown>{event.type}</Shown>;
  }
}
