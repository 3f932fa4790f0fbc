import type { Effect } from '../../core/effect.ts';
import { isObject, without } from '../../wire/mcp/exact-json.ts';
import type { Params } from '../../wire/mcp/json-rpc.ts';
import { metaKeys } from '../../wire/mcp/revisions.ts';
import { serverAsks } from './command.ts';
import type { At } from './exchange.ts';
import { mayEver } from './lists.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a client can do for a server is told to the server as far as the rules may let it ask. */
export function withoutUnallowed(at: At, method: string, params: Params): Params {
  const { _meta: meta, capabilities } = params;
  const told =
    method === 'initialize' && isObject(capabilities) ? { capabilities: allowed(at, capabilities) } : {};
  const inMeta = isObject(meta) ? meta[metaKeys.capabilities] : undefined;
  const more =
    isObject(inMeta) && isObject(meta)
      ? { _meta: { ...meta, [metaKeys.capabilities]: allowed(at, inMeta) } }
      : {};
  return { ...params, ...told, ...more };
}

/** What a server can do, but for what the gateway does not follow. */
export function withoutTasks(result: Fields): Fields {
  const { capabilities } = result;
  return isObject(capabilities) ? { ...result, capabilities: noTasks(capabilities) } : result;
}

const asks: readonly (readonly [string, Effect | undefined])[] = [
  ['sampling', serverAsks['sampling/createMessage']],
  ['elicitation', serverAsks['elicitation/create']],
  ['roots', serverAsks['roots/list']],
];

function allowed(at: At, capabilities: Fields): Fields {
  const closed = asks
    .filter(([, effect]) => effect === undefined || !mayEver(at, effect))
    .map(([name]) => name);
  return Object.fromEntries(Object.entries(noTasks(capabilities)).filter(([name]) => !closed.includes(name)));
}

/** Results of tasks come later and by another name than that of their tool, so nobody could say what is hidden in them. */
function noTasks(capabilities: Fields): Fields {
  const rest = without(capabilities, 'tasks');
  const { extensions } = rest;
  if (!isObject(extensions)) return rest;
  return { ...rest, extensions: without(extensions, metaKeys.tasks) };
}
