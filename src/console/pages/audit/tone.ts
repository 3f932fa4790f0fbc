import type { Tone } from '../../parts/status.tsx';

/** How much a type of event is to be noticed. Types of a newer gateway are quiet. */
export function toneOf(type: string): Tone {
  if (troubles.has(type)) return 'deny';
  if (watched.has(type)) return 'hold';
  if (type === 'command') return 'allow';
  return 'quiet';
}

const troubles: ReadonlySet<string> = new Set([
  'command.refused',
  'identity.refused',
  'identity.revoked',
  'config.refused',
  'session.killed',
  'sink.failed',
  'notice.failed',
  'journal.lost',
  'journal.replaced',
]);

const watched: ReadonlySet<string> = new Set([
  'hold.opened',
  'request.opened',
  'grant.started',
  'journal.dropped',
  'journal.recovered',
  'tool.accepted',
]);
