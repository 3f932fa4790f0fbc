import type { Estimate } from '../../core/approvals.ts';
import type { Command } from '../../core/command.ts';
import type { Inquiry } from '../../core/govern.ts';
import { encodeBind, encodeExecute, encodeParse, encodeSync } from '../../wire/postgres/frontend.ts';
import { askUpstream, queryUpstream } from './upstream.ts';
import type { Upstream } from './upstream.ts';

/** What can be planned, and plans nothing but itself: no function of a user's is called, nothing is made. */
const plannable: ReadonlySet<string> = new Set(['select', 'insert', 'update', 'delete', 'merge']);
/** A plan that takes longer to make than this is not worth waiting for. */
const textCharsMax = 100_000;

export function isPlannable({ effects, text }: Command): boolean {
  return (
    text.length <= textCharsMax &&
    effects.length > 0 &&
    effects.every(({ kind, action }) => (kind === 'read' || kind === 'write') && plannable.has(action))
  );
}

/**
 * What the server's planner expects of a command, with its parameters, on a connection of the gateway's own. Nothing
 * runs: EXPLAIN without ANALYZE, in a transaction that may only read. A text of several statements is refused by the
 * server's Parse.
 * @throws where the server cannot plan it, or not soon
 */
export async function estimateOn(
  upstream: Upstream,
  { text, parameters }: Command,
  leave: Inquiry,
): Promise<Estimate> {
  leave.spend();
  await queryUpstream(
    upstream,
    "BEGIN READ ONLY; SET LOCAL statement_timeout = '1s'; SET LOCAL lock_timeout = '250ms'",
  );
  const rows = await askUpstream(
    upstream,
    Buffer.concat([
      encodeParse({ name: '', query: `EXPLAIN (FORMAT JSON) ${text}`, parameterTypes: [] }),
      encodeBind({
        portal: '',
        statement: '',
        parameterFormats: parameters.map(({ format }) => (format === 'binary' ? 1 : 0)),
        parameters: parameters.map(({ bytes }) => bytes),
        resultFormats: [],
      }),
      encodeExecute({ portal: '', rowsMax: 0 }),
      encodeSync(),
    ]),
  );
  return estimateIn(JSON.parse(rows[0]?.[0] ?? 'null'));
}

/** `[{"Plan": {"Node Type": "ModifyTable", "Plan Rows": 0, "Total Cost": 1.5, "Plans": [{…}]}}]` */
function estimateIn(explained: unknown): Estimate {
  const top = memberOf(Array.isArray(explained) ? explained[0] : undefined, 'Plan');
  const changed = memberOf(top, 'Node Type') === 'ModifyTable' ? memberOf(top, 'Plans') : undefined;
  // A statement that changes rows returns none of them: how many it changes, the node below it tells.
  const source: unknown = Array.isArray(changed) ? changed[0] : top;
  const [rows, cost] = [memberOf(source, 'Plan Rows'), memberOf(top, 'Total Cost')];
  if (typeof rows === 'number' && typeof cost === 'number') return { rows, cost };
  throw new Error('a plan without rows and cost');
}

function memberOf(it: unknown, name: string): unknown {
  return typeof it === 'object' && it !== null ? Reflect.get(it, name) : undefined;
}
