import { isUtf8 } from 'node:buffer';
import { SallyportError } from '../../core/errors.ts';
import { hasTwins } from '../../wire/json-twins.ts';
import type { AwsAsked } from './asked.ts';
import type { ErrorForm } from './errors.ts';
import { hostOf, serviceNamed, type Service } from './catalog.ts';
import { operationAt, operationNamed } from './model.ts';
import { couldName } from './resources.ts';

/** What a request asks of a service, in the service's words. */
export interface Operation {
  /** IAM's word for the service. */
  readonly service: string;
  /** Undefined: nobody can tell. */
  readonly name: string | undefined;
  readonly parameters: ReadonlyMap<string, unknown>;
  /**
   * Something in it could name a resource, and is no parameter of the operation, or not there: AWS ignores it, or it is of
   * an operation that has grown.
   */
  readonly hasStrays: boolean;
  readonly host: string;
  readonly form: ErrorForm;
}

/** Services whose every operation has a path, and whose answers are XML. */
const answersXml: ReadonlySet<string> = new Set(['route53', 'cloudfront', 's3-outposts', 's3express']);

/** What a request asks, where something tells. */
type Asks = Pick<Operation, 'name' | 'parameters' | 'hasStrays'> & { readonly host?: string };

/** How a service would say that something failed, before it is known what is asked. */
export function formOf({ fields }: Pick<AwsAsked, 'fields'>, signingName: string | undefined): ErrorForm {
  if (signingName === 's3') return 's3';
  if (signingName !== undefined && answersXml.has(signingName)) return 'query';
  if (fields.get('smithy-protocol') === 'rpc-v2-cbor') return 'cbor';
  const isForm = fields.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true;
  if (isForm) return serviceNamed(signingName ?? '')?.query ?? 'query';
  return 'json';
}

/**
 * By the one protocol of its service that a request speaks. What speaks two is refused.
 * @throws SallyportError `protocol`
 */
export async function operationOf(
  asked: AwsAsked,
  body: Buffer | undefined,
  { service: signingName, region }: { readonly service: string; readonly region: string },
): Promise<Operation> {
  const service = serviceNamed(signingName);
  const form = formOf(asked, signingName);
  const host = hostOf(signingName, region);
  const known = { service: service?.iam ?? signingName, host, form };
  const unknown = { ...known, name: undefined, parameters: new Map<string, unknown>(), hasStrays: false };
  if (service === undefined || signingName === 's3') return unknown;
  const target = asked.fields.get('x-amz-target');
  if (target !== undefined)
    return { ...known, ...(await named(service, target, asked, body, region, signingName)) };
  if (form === 'cbor') return { ...unknown, name: rpcName(service, asked) };
  const isForm = service.isXml !== true && (form === 'query' || form === 'ec2');
  const found = await (isForm ? inForm : atPath)(service, asked, body, signingName);
  if (found === undefined) return unknown;
  return { ...known, ...found, host: hostOf(signingName, region, found.host) };
}

/** REST: the operation is where its path is. */
async function atPath(
  { isXml }: Service,
  asked: AwsAsked,
  body: Buffer | undefined,
  signingName: string,
): Promise<Asks | undefined> {
  const { segments, query } = asked.target;
  const found = await operationAt(signingName, asked.method, segments, query);
  if (found === undefined) return undefined;
  mayHaveBody(asked, body);
  const { model, labels } = found;
  const hasXml = isXml === true && (body?.length ?? 0) > 0;
  const members = body === undefined || model.isOpen || hasXml ? [] : Object.entries(document(body));
  mustSayOnce([...query, ...members]);
  const given = [...query.map(([name]) => `?${name}`), ...members.map(([name]) => name)];
  return {
    name: model.name,
    parameters: new Map<string, unknown>([...query, ...members, ...labels]),
    hasStrays: hasXml || straysFrom(signingName, given, model.members),
    ...(model.host === undefined ? {} : { host: model.host }),
  };
}

function straysFrom(
  signingName: string,
  given: Iterable<string>,
  members: ReadonlySet<string> | undefined,
): boolean {
  const service = serviceNamed(signingName)?.iam ?? signingName;
  return [...given].some((name) => members?.has(name) !== true && couldName(service, name.replace('?', '')));
}

/** AWS JSON 1.0 and 1.1: `X-Amz-Target: PREFIX.Operation`. */
async function named(
  { targets = {} }: Service,
  target: string,
  asked: AwsAsked,
  body: Buffer | undefined,
  region: string,
  signingName: string,
): Promise<Pick<Operation, 'name' | 'parameters' | 'hasStrays' | 'host'>> {
  mustBePlainPost(asked, 'X-Amz-Target');
  if (!/^application\/x-amz-json-1\.[01]$/.test(asked.fields.get('content-type') ?? '')) {
    throw mixed('X-Amz-Target goes with application/x-amz-json-1.0 or 1.1');
  }
  const at = target.lastIndexOf('.');
  const prefix = target.slice(0, at);
  const found = Object.hasOwn(targets, prefix) ? targets[prefix] : undefined;
  if (found === undefined) throw mixed(`${signingName} has no target of that kind`);
  const name = target.slice(at + 1);
  const parameters = new Map(Object.entries(document(body)));
  return {
    name,
    parameters,
    hasStrays: straysFrom(signingName, parameters.keys(), (await operationNamed(signingName, name))?.members),
    host: hostOf(signingName, region, found.host),
  };
}

/** RPC v2, whose bodies nothing here can look into: the operation is in the path. */
function rpcName({ rpc }: Service, { target, method, fields }: AwsAsked): string | undefined {
  if ((fields.get('content-type') ?? 'application/cbor') !== 'application/cbor') {
    throw mixed('RPC v2 goes with application/cbor');
  }
  const [first, service, third, name, ...more] = target.segments;
  const fits = first === 'service' && third === 'operation' && more.length === 0 && method === 'POST';
  return fits && rpc !== undefined && service === rpc && target.query.length === 0 ? name : undefined;
}

/** The query protocol, and EC2's: a form with `Action`. */
async function inForm(
  { query }: Service,
  asked: AwsAsked,
  body: Buffer | undefined,
  signingName: string,
): Promise<Asks | undefined> {
  mustBePlainPost(asked, 'a form');
  if (query === undefined) throw mixed('this service takes no forms');
  if (!formType.test(asked.fields.get('content-type') ?? '')) throw mixed('forms are in UTF-8');
  const given = formOfBody(body ?? Buffer.alloc(0));
  const name = given.get('Action');
  const parameters = new Map<string, string[]>();
  for (const [full, value] of given) {
    if (full === 'Action' || full === 'Version') continue;
    // Lists are numbered: `Names.member.1`, `InstanceId.1`.
    const [first = ''] = full.split('.', 1);
    const values = parameters.get(first);
    if (values === undefined) parameters.set(first, [value]);
    else values.push(value);
  }
  if (name === undefined) return undefined;
  const { members } = (await operationNamed(signingName, name)) ?? {};
  return { name, parameters, hasStrays: straysFrom(signingName, parameters.keys(), members) };
}

const formType = /^application\/x-www-form-urlencoded(?:; *charset=utf-8)?$/i;

function mustBePlainPost({ method, target }: AwsAsked, what: string): void {
  if (method === 'POST' && target.path === '/' && target.query.length === 0) return;
  throw mixed(`${what} is posted to /, without a query`);
}

function formOfBody(body: Buffer): ReadonlyMap<string, string> {
  const text = body.toString('latin1');
  // It is ASCII, or nothing that everybody reads alike.
  if (/[^\u0020-\u007e]|;|%(?![0-9A-Fa-f]{2})/.test(text))
    throw mixed('the form is not escaped as forms are');
  const found = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (found.has(name)) throw mixed('a parameter of the form came twice');
    found.set(name, value);
  }
  return found;
}

/** @throws SallyportError where it is no object, or one that two readers could read as two */
function document(body: Buffer | undefined): Readonly<Record<string, unknown>> {
  if (body === undefined || body.length === 0) return {};
  if (!isUtf8(body) || hasTwins(body)) throw mixed('the body has a key twice, or is no UTF-8');
  try {
    const value: unknown = JSON.parse(body.toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below, as of any other JSON that is no object.
  }
  throw mixed('the body is no JSON object');
}

function mayHaveBody({ method }: AwsAsked, body: Buffer | undefined): void {
  if (/^(?:GET|HEAD|DELETE)$/.test(method) && (body?.length ?? 0) > 0)
    throw mixed(`${method} has no body here`);
}

/** A service takes each parameter from one place; which of two that is, only its model tells. */
function mustSayOnce(given: readonly (readonly [string, unknown])[]): void {
  const names = given.map(([name]) => name);
  // Lists come as often as they are long, and are of keys of tags alone.
  const twice = names.find((name, at) => name !== 'tagKeys' && names.indexOf(name) !== at);
  if (twice !== undefined) throw mixed(`the parameter ${twice} came twice`);
}

function mixed(why: string): SallyportError {
  return new SallyportError('protocol', `Sallyport: ${why}`, { hint: 'Send it as an AWS SDK does.' });
}
