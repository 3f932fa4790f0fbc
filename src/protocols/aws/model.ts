import { models } from './models/all.ts';

/** An operation of a service, as far as the gateway asks: facts of AWS's service models. */
export interface OperationModel {
  readonly name: string;
  /** Undefined where requests name it, and no path. */
  readonly place: Place | undefined;
  /** What its host begins with, where the service has several. */
  readonly host: string | undefined;
  /** Its body is somebody else's, whatever it looks like. */
  readonly isOpen: boolean;
  /** Of its parameters those that could name a resource; one of the query has a `?` before it. */
  readonly members: ReadonlySet<string>;
}

/** Where an operation is. */
interface Place {
  readonly method: string;
  /** A label stands in braces. */
  readonly segments: readonly string[];
  /** What its query says in any case: `find=LayerVersion`. */
  readonly query: readonly string[];
}

interface ServiceModel {
  readonly named: ReadonlyMap<string, OperationModel>;
  readonly placed: readonly OperationModel[];
}

/** The operation that a request names. */
export async function operationNamed(signingName: string, name: string): Promise<OperationModel | undefined> {
  return (await modelOf(signingName)).named.get(name);
}

/** The operation at a path, and what stands for its labels. Undefined where there is none, or nobody can tell which. */
export async function operationAt(
  signingName: string,
  method: string,
  segments: readonly string[],
  query: readonly (readonly [string, string])[],
): Promise<
  { readonly model: OperationModel; readonly labels: readonly (readonly [string, string])[] } | undefined
> {
  const given = segments.at(-1) === '' ? segments.slice(0, -1) : segments;
  const said = new Set(query.flatMap(([name, value]) => [name, `${name}=${value}`]));
  const { placed } = await modelOf(signingName);
  const [first, second] = placed
    .flatMap((model) => (model.place === undefined ? [] : [{ model, place: model.place }]))
    .filter(({ place }) => place.method === method && isAt(place.segments, given))
    .filter(({ place }) => place.query.every((each) => said.has(each)))
    .toSorted((a, b) => exactness(b.place) - exactness(a.place));
  if (first === undefined) return undefined;
  if (second !== undefined && exactness(second.place) === exactness(first.place)) return undefined;
  const labels = first.place.segments.flatMap((segment, at) =>
    isLabel(segment) ? [[segment.slice(1, -1), given[at] ?? ''] as const] : [],
  );
  return { model: first.model, labels };
}

/** Where paths fit several, services take the one that says more: https://smithy.io/2.0/spec/http-bindings.html#http-trait */
function exactness({ segments, query }: Place): number {
  return segments.filter((segment) => !isLabel(segment)).length * 100 + query.length;
}

function isAt(segments: readonly string[], given: readonly string[]): boolean {
  return (
    segments.length === given.length &&
    segments.every((segment, at) => (isLabel(segment) ? given[at] !== '' : segment === given[at]))
  );
}

function isLabel(segment: string): boolean {
  return segment.startsWith('{');
}

const read = new Map<string, Promise<ServiceModel>>();

function modelOf(signingName: string): Promise<ServiceModel> {
  let model = read.get(signingName);
  if (model === undefined) read.set(signingName, (model = modelFrom(signingName)));
  return model;
}

async function modelFrom(signingName: string): Promise<ServiceModel> {
  const text = Object.hasOwn(models, signingName) ? await models[signingName]?.() : undefined;
  const operations = (text ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map(readLine);
  return {
    named: new Map(operations.filter(({ place }) => place === undefined).map((each) => [each.name, each])),
    placed: operations.filter(({ place }) => place !== undefined),
  };
}

/** `[METHOD /path] Operation [*] [@host] [member | ?member]…` */
function readLine(line: string): OperationModel {
  const words = line.split(' ');
  const place = words[1]?.startsWith('/') === true ? placeOf(words.splice(0, 2)) : undefined;
  const [name = '', ...rest] = words;
  return {
    name,
    place,
    isOpen: rest.includes('*'),
    host: rest.find((word) => word.startsWith('@'))?.slice(1),
    members: new Set(rest.filter((word) => !/^[*@]/.test(word))),
  };
}

function placeOf([method = '', target = '']: readonly string[]): Place {
  const [path = '', query] = target.split('?');
  return { method, segments: path.replace(/\/$/, '').split('/').slice(1), query: query?.split('&') ?? [] };
}
