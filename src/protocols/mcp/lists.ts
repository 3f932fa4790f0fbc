import type { Effect } from '../../core/effect.ts';
import { isObject } from '../../wire/mcp/exact-json.ts';
import { uriProblem } from '../../wire/mcp/names.ts';
import type { At } from './exchange.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Whether some command with this effect could be let through. */
export function mayEver({ parts, it: { session } }: Pick<At, 'parts' | 'it'>, effect: Effect): boolean {
  const command = { text: '', parameters: [], effects: [effect], unbounded: false, uses: [], context: '' };
  return parts.policy().foredoomed(session.identity, session.target, command) === undefined;
}

/** What is in each list, and how rules name it. */
const lists: Readonly<
  Record<string, { readonly key: string; readonly name: (item: Fields) => string | undefined }>
> = {
  'prompts/list': { key: 'prompts', name: ({ name }) => named('prompt', name) },
  'resources/list': {
    key: 'resources',
    name: ({ uri }) =>
      typeof uri === 'string' && uriProblem(uri) === undefined ? `resource:${uri}` : undefined,
  },
  'resources/templates/list': {
    key: 'resourceTemplates',
    name: ({ uriTemplate }) => named('resource', uriTemplate),
  },
};

/** A list of what this identity may ask for; it is its own, whatever its server says of who may keep it. */
export function visibleList(at: At, method: string, result: Fields): Fields {
  const list = lists[method];
  if (list === undefined) return result;
  const items = result[list.key];
  const open = (Array.isArray(items) ? items : []).filter((item) => {
    const resource = isObject(item) ? list.name(item) : undefined;
    const action = method === 'prompts/list' ? 'prompts/get' : 'resources/read';
    return resource !== undefined && mayEver(at, { kind: 'read', action, resource });
  });
  return { ...result, ...('cacheScope' in result ? { cacheScope: 'private' } : {}), [list.key]: open };
}

function named(kind: string, name: unknown): string | undefined {
  return typeof name === 'string' ? `${kind}:${name}` : undefined;
}
