/** Types of events that a search finds, by what they are about; docs/events.md tells what each carries. */
export const eventTypes = {
  Commands: ['command', 'command.refused', 'command.estimated', 'command.previewed', 'preview.ended'],
  Sessions: [
    'session.opened',
    'session.closed',
    'session.killed',
    'tunnel.ended',
    'lease.made',
    'lease.ended',
  ],
  Approvals: ['hold.opened', 'hold.decided', 'hold.ended'],
  Requests: ['request.opened', 'request.decided', 'request.ended', 'grant.started', 'grant.ended'],
  Identities: [
    'identity.refused',
    'identity.revoked',
    'identity.restored',
    'login.opened',
    'login.ended',
    'ticket.issued',
    'ticket.ended',
  ],
  Configuration: ['config.loaded', 'config.refused', 'tool.accepted'],
  Notices: ['notice.sent', 'notice.failed', 'notice.answered', 'sink.failed', 'sink.resumed'],
  Gateway: [
    'gateway.started',
    'gateway.stopped',
    'worker.started',
    'worker.joined',
    'worker.ended',
    'journal.dropped',
    'journal.recovered',
    'journal.replaced',
    'journal.lost',
  ],
} as const;

export type SoughtType = (typeof eventTypes)[keyof typeof eventTypes][number];
