import type { HoldView } from '../core/approvals.ts';
import type { LiveSessions } from '../core/live-sessions.ts';
import type { RevocationRecord, SessionRecord } from '../core/records.ts';
import type { RequestView } from '../core/requests.ts';
import type { RequestBody } from './contract/schemas/requests.ts';
import type { ApprovalBody, RevocationBody, SessionBody } from './contract/schemas.ts';

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** The store counts when a session ends; until then its live counters tell. */
export function sessionBody(record: SessionRecord, live: LiveSessions): SessionBody {
  const { openedAtMs, closedAtMs, instance: _instance, ...rest } = record;
  const now = closedAtMs === null ? live.get(record.id) : undefined;
  return {
    ...rest,
    openedAt: iso(openedAtMs),
    closedAt: closedAtMs === null ? null : iso(closedAtMs),
    commands: now?.commands ?? record.commands,
    rows: now?.rows ?? record.rows,
  };
}

export function approvalBody(view: HoldView): ApprovalBody {
  return {
    ...view,
    decisions: view.decisions.map((one) => ({ ...one, at: iso(one.at) })),
    createdAt: iso(view.createdAt),
    waitUntil: iso(view.waitUntil),
    pendingUntil: iso(view.pendingUntil),
    validUntil: view.validUntil === null ? null : iso(view.validUntil),
    preview: view.preview && {
      ...view.preview,
      keptUntil: view.preview.keptUntil === null ? null : iso(view.preview.keptUntil),
    },
  };
}

export function requestBody(view: RequestView): RequestBody {
  return {
    ...view,
    decisions: view.decisions.map((one) => ({ ...one, at: iso(one.at) })),
    createdAt: iso(view.createdAt),
    pendingUntil: iso(view.pendingUntil),
    startedAt: view.startedAt === null ? null : iso(view.startedAt),
    until: view.until === null ? null : iso(view.until),
  };
}

export function revocationBody(it: RevocationRecord): RevocationBody {
  const { subject, issuer, atMs, by, because } = it;
  return { subject, issuer, at: iso(atMs), by, because: because ?? null };
}
