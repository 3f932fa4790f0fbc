import type { EventType } from '../core/event.ts';

/** How much somebody who watches should mind: `error` is the gateway's own trouble. */
export type Severity = 'info' | 'notice' | 'warning' | 'error';

const others: Partial<Record<EventType, Severity>> = {
  'config.refused': 'warning',
  'identity.refused': 'warning',
  'command.refused': 'warning',
  'session.killed': 'warning',
  'identity.revoked': 'warning',
  'identity.restored': 'notice',
  'command.previewed': 'notice',
  'hold.opened': 'notice',
  'hold.decided': 'notice',
  'worker.ended': 'notice',
  'journal.dropped': 'notice',
  'journal.recovered': 'warning',
  'journal.replaced': 'error',
  'journal.lost': 'error',
  'sink.failed': 'error',
  'notice.failed': 'error',
};

export function severityOf(type: EventType): Severity {
  return others[type] ?? 'info';
}
