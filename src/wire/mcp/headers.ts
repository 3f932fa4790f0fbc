import { isObject } from './exact-json.ts';
import { rpcCodes, RpcFault, type Request } from './json-rpc.ts';
import { isRevision, legacyRevisions, metaKeys, modernRevisions } from './revisions.ts';

/** What of a message its header fields repeat (2026-07-28, Streamable HTTP, "Request Metadata"). */
const named: Readonly<Record<string, 'name' | 'uri'>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};

/** The revision that a request says it is of; undefined for one of a session. */
export function revisionOf({ params }: Pick<Request, 'params'>): string | undefined {
  const meta = params['_meta'];
  const version = isObject(meta) ? meta[metaKeys.version] : undefined;
  return typeof version === 'string' ? version : undefined;
}

/**
 * Header fields and body must say the same: others on the way go by the fields, the server by the body.
 * @throws RpcFault -32020 or -32022, for an answer with status 400
 */
export function mustAgree(request: Request, field: (name: string) => string | undefined): void {
  const { id, method, params } = request;
  const said = revisionOf(request);
  const version = field('mcp-protocol-version');
  const mismatch = (name: string): RpcFault =>
    new RpcFault(rpcCodes.headerMismatch, `Header mismatch: ${name} and the body do not say the same`, id);
  const isModern = modernRevisions.includes(version ?? '') || said !== undefined;
  if (isModern && said !== version) throw mismatch('MCP-Protocol-Version');
  mustBeKnown(version, id);
  const source = named[method];
  const name = source === undefined ? undefined : params[source];
  const [toldMethod, toldName] = [field('mcp-method'), field('mcp-name')];
  if (toldMethod === undefined ? isModern : toldMethod !== method) throw mismatch('Mcp-Method');
  if (source === undefined) {
    if (toldName !== undefined) throw mismatch('Mcp-Name');
  } else if (toldName === undefined ? isModern : decoded(toldName) !== name) throw mismatch('Mcp-Name');
}

/** @throws RpcFault -32022 */
export function mustBeKnown(version: string | undefined, id: Request['id'] | null = null): void {
  if (version === undefined || isRevision(version)) return;
  const data = {
    supported: [...modernRevisions, ...legacyRevisions.toReversed()],
    requested: version.slice(0, 40),
  };
  throw new RpcFault(rpcCodes.unsupportedVersion, 'Unsupported protocol version', id, data);
}

/** The fields that go with a request, made of what its body says. */
export function fieldsFor(request: Request, schema: unknown): [string, string][] {
  const { method, params } = request;
  const source = named[method];
  const name = source === undefined ? undefined : params[source];
  const fields: [string, string][] = [['mcp-method', method]];
  if (typeof name === 'string') fields.push(['mcp-name', encoded(name)]);
  for (const [field, path] of mirrored(schema)) {
    const value = path.reduce<unknown>(
      (at, key) => (isObject(at) ? at[key] : undefined),
      params['arguments'],
    );
    if (['string', 'number', 'boolean'].includes(typeof value)) {
      fields.push([`mcp-param-${field.toLowerCase()}`, encoded(String(value))]);
    }
  }
  return fields;
}

/** Parameters that a tool wants repeated in header fields: `x-mcp-header` along `properties` alone. */
function mirrored(schema: unknown, path: readonly string[] = []): [string, readonly string[]][] {
  const properties = isObject(schema) ? schema['properties'] : undefined;
  if (!isObject(properties)) return [];
  return Object.entries(properties).flatMap(([key, inner]) => {
    const here = [...path, key];
    const name = isObject(inner) ? inner['x-mcp-header'] : undefined;
    const isName = typeof name === 'string' && /^[!#$%&'*+.^`|~0-9A-Za-z-]{1,64}$/.test(name);
    return [...(isName ? [[name, here] as [string, readonly string[]]] : []), ...mirrored(inner, here)];
  });
}

/** 2026-07-28, "Value Encoding" */
function encoded(value: string): string {
  const isPlain =
    /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !/^=\?base64\?.*\?=$/.test(value);
  return isPlain ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;
}

function decoded(value: string): string {
  const [, base64] = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(value) ?? [];
  return base64 === undefined ? value : Buffer.from(base64, 'base64').toString();
}
