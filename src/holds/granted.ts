import type { RequestRecord, RequestRecords } from '../core/requests.ts';
import type { Grant, LiveGrants } from './live-grants.ts';

const pageSize = 500;

/**
 * Brings grants to what the store says, where another process makes and ends them. What ended by the clock stays so:
 * the store is told a moment later.
 */
export async function followGrants(
  records: RequestRecords,
  grants: LiveGrants,
  nowMs: () => number,
): Promise<void> {
  const stored = new Map<string, Grant>();
  for await (const record of everyGrant(records)) stored.set(record.id, grantOf(record));
  const known = new Set(grants.list().map(({ id }) => id));
  for (const id of known) if (!stored.has(id)) grants.end(id);
  for (const grant of stored.values()) {
    if (!known.has(grant.id) && grant.untilMs > nowMs()) grants.start(grant);
  }
}

/** Those that have not ended, as the store has them. */
export async function* everyGrant(records: RequestRecords): AsyncIterable<RequestRecord> {
  let after: string | undefined;
  for (;;) {
    const page = await records.list({
      state: 'granted',
      ...(after === undefined ? {} : { after }),
      limit: pageSize,
    });
    yield* page;
    after = page.at(-1)?.id;
    if (page.length < pageSize) return;
  }
}

export function grantOf({ id, key, target, rule, terms, untilMs, identity }: RequestRecord): Grant {
  const { purpose, task } = identity;
  return {
    id,
    key,
    target,
    rule,
    terms,
    untilMs: untilMs ?? 0,
    ...(purpose === undefined ? {} : { purpose }),
    ...(task === undefined ? {} : { task }),
  };
}
