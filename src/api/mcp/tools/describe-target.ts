import { z } from 'zod';
import { SallyportError } from '../../../core/errors.ts';
import type { Identity } from '../../../core/identity.ts';
import type { Relation } from '../../../core/relation.ts';
import type { UpstreamTarget } from '../../../core/target.ts';
import { visible } from '../../contract/visible.ts';
import type { ApiParts, Explanation } from '../../parts.ts';
import { asData, lines } from '../answer.ts';
import type { Act, Asker } from '../asker.ts';
import { targetFor } from '../places.ts';

/** With more columns than these, only the names of tables are told until one is asked for. */
const columnsMax = 300;
const tablesMax = 500;

export const describeArguments = z.strictObject({
  target: z.string().describe('as list_targets names it'),
  table: z.string().optional().describe('for postgres targets: this one alone, as public.users'),
});

/** What there is on a target for its caller, what is hidden of it, and what needs somebody else. */
export const describeTarget: Act<z.output<typeof describeArguments>> = async (parts, asker, args) => {
  const { caller } = asker;
  const target = targetFor(parts, caller, args.target);
  const isOpen = parts.policy().admits(caller, target);
  const { hidden } = isOpen ? await masksOf(parts, caller, target) : { hidden: [] };
  const tables = isOpen ? await tablesOf(parts, asker, target, args.table) : undefined;
  const rules = parts.requests.requestable(caller, target);
  const { name, protocol } = target;
  const about = {
    target: name,
    protocol,
    allowed: parts.policy().allowed(caller, target),
    hidden: hidden.map(({ resource, mask }) => ({ resource: visible(resource), mask })),
    requestable: rules.map(({ rule, lets, forMs }) => ({ rule, lets, minutes: Math.floor(forMs / 60_000) })),
    use: useOf(target, parts.addressOf(target)),
    /** For clients of its own, with the same token. */
    address: parts.addressOf(target) ?? null,
  };
  return {
    text: lines(
      `${name} (${protocol}). ${about.use}`,
      `Allowed to you: ${about.allowed.length === 0 ? 'nothing yet' : about.allowed.join('; ')}.`,
      hidden.length === 0
        ? undefined
        : `Hidden from you: ${about.hidden.map(({ resource, mask }) => `${resource} (${mask})`).join(', ')}. It comes back masked${protocol === 'postgres' ? ' where it is selected plainly' : ''}.`,
      ...about.requestable.map(
        ({ rule, lets, minutes }) =>
          `On request: rule "${visible(rule)}" lets ${lets.join(', ')} for up to ${minutes} minutes; ask with request_access.`,
      ),
      ...(tables === undefined ? [] : told(name, tables)),
    ),
    data: { ...about, ...(tables === undefined ? {} : { tables }) },
  };
};

/** What asks for nothing tells what is hidden whatever is asked for. */
async function masksOf(
  parts: ApiParts,
  identity: Identity,
  target: UpstreamTarget,
): Promise<Explanation['masks']> {
  if (target.sensitive.size === 0) return { hidden: [], revealed: [] };
  const nothing = { postgres: 'SELECT 1', http: 'OPTIONS /' } as const;
  const { protocol, sensitive } = target;
  if (protocol === 'postgres' || protocol === 'http') {
    return (await parts.explain({ identity, target, text: nothing[protocol] })).masks;
  }
  return { hidden: [...sensitive].map(([resource, mask]) => ({ resource, mask })), revealed: [] };
}

interface Table {
  readonly table: string;
  readonly kind: Relation['kind'];
  /** Reading from it waits for a person. */
  readonly held?: true;
  /** Absent: there are too many to tell them all. */
  readonly columns?: readonly { readonly name: string; readonly type: string; readonly mask?: string }[];
}

/** Undefined: the target has none. */
async function tablesOf(
  parts: ApiParts,
  { caller: identity, client }: Asker,
  target: UpstreamTarget,
  only: string | undefined,
): Promise<readonly Table[] | undefined> {
  if (target.protocol !== 'postgres') return undefined;
  const all = await parts.relations({ identity, target, client });
  const { hidden } = await masksOf(parts, identity, target);
  const masks = new Map(hidden.map(({ resource, mask }) => [resource, mask]));
  const readable = all.flatMap((relation) => {
    const verdict = readingOf(parts, identity, target, relation);
    const isMeant =
      only === undefined || relation.resource === only || relation.resource === `public.${only}`;
    return verdict === 'deny' || !isMeant ? [] : { relation, isHeld: verdict === 'hold' };
  });
  if (only !== undefined && readable.length === 0) throw noTable(only);
  const columns = readable.reduce((sum, { relation }) => sum + relation.columns.length, 0);
  return readable.slice(0, tablesMax).map(({ relation, isHeld }) => ({
    table: visible(relation.resource),
    kind: relation.kind,
    ...(isHeld ? { held: true as const } : {}),
    ...(columns > columnsMax && only === undefined ? {} : { columns: columnsOf(relation, masks) }),
  }));
}

function columnsOf({ columns }: Relation, masks: ReadonlyMap<string, string>): Required<Table>['columns'] {
  return columns.map(({ name, type, resource }) => {
    const mask = masks.get(resource);
    return { name: visible(name), type: visible(type), ...(mask === undefined ? {} : { mask }) };
  });
}

function readingOf(
  { policy }: ApiParts,
  identity: Identity,
  target: UpstreamTarget,
  { resource }: Relation,
): 'allow' | 'hold' | 'deny' {
  return policy().decide(identity, target, {
    text: `SELECT * FROM ${resource}`,
    parameters: [],
    effects: [{ kind: 'read', action: 'select', resource }],
    unbounded: false,
    uses: [],
    context: '',
  }).kind;
}

function told(target: string, tables: readonly Table[]): readonly string[] {
  if (tables.length === 0) return ['No table of it can be read by you.'];
  const all = tables.map(({ table, kind, held, columns }) => {
    const shown = columns?.map(
      ({ name, type, mask }) => `${name} ${type}${mask === undefined ? '' : ` [masked: ${mask}]`}`,
    );
    return `${table}${kind === 'view' ? ' [view]' : ''}${held ? ' [held for approval]' : ''}${shown === undefined ? '' : `: ${shown.join(', ')}`}`;
  });
  const isShort = tables.some(({ columns }) => columns === undefined);
  return [
    ...(isShort ? ['Too many columns to tell at once: ask for one table with "table".'] : []),
    asData(target, all),
  ];
}

function useOf({ protocol }: UpstreamTarget, address: string | undefined): string {
  switch (protocol) {
    case 'postgres':
      return 'Use run with sql.';
    case 'http':
      return 'Use run with method and path.';
    case 'mcp':
    case 'aws':
      return `run does not reach it; its own clients do${address === undefined ? '' : ` at ${address}`}, with your token.`;
  }
}

function noTable(name: string): SallyportError {
  return new SallyportError('not_found', `Sallyport: there is no table ${name} that you may read`, {
    hint: 'Call describe_target without "table" for those that there are.',
  });
}
