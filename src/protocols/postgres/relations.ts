import type { Identity } from '../../core/identity.ts';
import { SallyportError } from '../../core/errors.ts';
import type { Relation, RelationColumn } from '../../core/relation.ts';
import { Session } from '../../core/session.ts';
import type { PostgresTarget } from '../../core/target.ts';
import { quoteIdentifier, quoteQualified } from '../../wire/sql/identifier.ts';
import { newSessionId, recordClosing, recordOpening, revoked } from '../admission.ts';
import type { ProtocolParts } from '../protocol.ts';
import { asRefusal } from './sqlstate.ts';
import { closeUpstream, connectUpstream, queryUpstream } from './upstream.ts';
import type { Upstream } from './upstream.ts';

/** More than a model, or a person, reads. */
const columnsMax = 10_000;

/** What this role may select from, the server's own relations aside; a row for each column. */
const relationsQuery = `
SELECT n.nspname, c.relname, c.relkind, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) c.oid
 WHERE c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p', 'f', 'v', 'm']::pg_catalog."char"[])
   AND NOT c.relispartition
   AND n.nspname OPERATOR(pg_catalog.!~) '^(pg_|information_schema$)'
   AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
   AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
   AND a.attnum OPERATOR(pg_catalog.>) 0
   AND NOT a.attisdropped
 ORDER BY n.nspname, c.relname, a.attnum
 LIMIT ${columnsMax}`;

/** Who wants to know, and where they came from. */
export interface RelationsQuestion {
  readonly identity: Identity;
  readonly target: PostgresTarget;
  readonly client: string;
}

/**
 * What there is to read for somebody who may open a session there: asked by the gateway itself, as it asks for the
 * catalog, with the credential and the record of a session of theirs. Which of it the rules let them read is not asked here.
 * @throws SallyportError as a login does
 */
export async function relationsOf(
  parts: ProtocolParts,
  { identity, target, client }: RelationsQuestion,
): Promise<readonly Relation[]> {
  const session = new Session({ id: newSessionId(), identity, target, client, nowMs: parts.clock.now() });
  await recordOpening(parts, session, 'postgres', 'sallyport mcp: describe_target');
  parts.live.add(session, () => undefined);
  try {
    const rows = await asked(parts, session);
    session.end(new SallyportError('closed', 'Sallyport: all was told'));
    return relationsIn(rows);
  } catch (error) {
    session.end(asRefusal(error));
    throw session.ended.reason;
  } finally {
    await recordClosing(parts, session, session.ended.reason as SallyportError);
  }
}

async function asked(
  parts: ProtocolParts,
  { id: sessionId, identity, target, ended }: Session<PostgresTarget>,
): Promise<(string | null)[][]> {
  if (parts.revoked(identity)) throw revoked();
  const lease = await parts.lessor.lease({ sessionId, identity, target, readOnly: true });
  let upstream: Upstream | undefined;
  try {
    upstream = await connectUpstream(target.address, lease, new Map([['statement_timeout', '10s']]));
    const { socket } = upstream;
    ended.throwIfAborted();
    ended.addEventListener('abort', () => socket.destroy());
    return await queryUpstream(upstream, relationsQuery);
  } finally {
    if (upstream !== undefined) await closeUpstream(upstream);
    await lease.end();
  }
}

/** Rows of one relation come one after the other. */
function relationsIn(rows: readonly (readonly (string | null)[])[]): readonly Relation[] {
  const found = new Map<string, Relation & { readonly columns: RelationColumn[] }>();
  for (const [schema, relation, relkind, name, type] of rows) {
    const resource = quoteQualified(schema ?? '', relation ?? '');
    const kind = relkind === 'v' || relkind === 'm' ? 'view' : 'table';
    const known = found.get(resource) ?? { resource, kind, columns: [] };
    found.set(resource, known);
    known.columns.push({
      name: name ?? '',
      type: type ?? '',
      resource: `${resource}.${quoteIdentifier(name ?? '')}`,
    });
  }
  return [...found.values()];
}
