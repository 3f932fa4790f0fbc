import { GraphqlProblem } from './document.ts';

/** One operation of a request: which document, and which of its operations. */
export interface GraphqlQuery {
  readonly text: string;
  readonly operationName: string | undefined;
}

/** A request to the path of a GraphQL API. */
export interface GraphqlRequest {
  readonly method: string;
  /** With its `?`, or empty. */
  readonly query: string;
  readonly contentType: string | undefined;
  /** Undefined: none, or one that is not there as a whole. */
  readonly body: Buffer | undefined;
}

/** Of one request. */
const batchMax = 50;

/**
 * The operations of a request as GraphQL over HTTP has them, and Apollo's batches. Whatever a server might read in
 * another way is refused: by another name, twice, or stored under a name (persisted).
 * @throws GraphqlProblem
 */
export function readQueries({ method, query, contentType, body }: GraphqlRequest): readonly GraphqlQuery[] {
  const parameters = new URLSearchParams(query.slice(1));
  if (method === 'GET' || method === 'HEAD') return [ofParameters(parameters, body)];
  if (method !== 'POST') throw new GraphqlProblem(`GraphQL is not asked by ${method}`);
  const beside = meaningful.find((name) => parameters.has(name));
  if (beside !== undefined) throw new GraphqlProblem(`the parameter ${beside} stands beside the body`);
  if (body === undefined) throw new GraphqlProblem('it has no body, or one that is too large');
  if (!isJson(contentType)) throw new GraphqlProblem('its body is no application/json');
  const value = jsonOf(body);
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (all.length === 0 || all.length > batchMax)
    throw new GraphqlProblem(`a batch has 1 to ${batchMax} operations`);
  return all.map(ofObject);
}

/** By these servers learn which document is meant, or more about it. */
const meaningful = [
  'query',
  'operationName',
  'variables',
  'extensions',
  'id',
  'documentId',
  'queryId',
  'doc_id',
  'hash',
];

function ofParameters(parameters: URLSearchParams, body: Buffer | undefined): GraphqlQuery {
  if (body !== undefined && body.length > 0) throw new GraphqlProblem('a body stands beside the parameters');
  const twice = meaningful.find((name) => parameters.getAll(name).length > 1);
  if (twice !== undefined) throw new GraphqlProblem(`the parameter ${twice} came twice`);
  const given = meaningful.flatMap((name) => {
    const value = parameters.get(name);
    if (value === null) return [];
    return [
      [name, name === 'variables' || name === 'extensions' ? jsonOf(Buffer.from(value)) : value] as const,
    ];
  });
  return ofObject(Object.fromEntries(given));
}

function ofObject(value: unknown): GraphqlQuery {
  if (typeof value !== 'object' || value === null) throw new GraphqlProblem('an operation is an object');
  const {
    query,
    operationName,
    variables: _variables,
    extensions,
    ...rest
  } = { ...value } as Readonly<Record<string, unknown>>;
  const [odd] = Object.keys(rest);
  if (odd !== undefined) throw new GraphqlProblem(`${odd} may name another document than the query`);
  const isStored = typeof extensions === 'object' && extensions !== null && 'persistedQuery' in extensions;
  if (isStored) throw new GraphqlProblem('it names a document that the server has stored');
  if (typeof query !== 'string') throw new GraphqlProblem('it has no query');
  if (operationName === undefined || operationName === null || operationName === '') {
    return { text: query, operationName: undefined };
  }
  if (typeof operationName !== 'string') throw new GraphqlProblem('operationName is no text');
  return { text: query, operationName };
}

function isJson(contentType: string | undefined): boolean {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  const isUtf8 = parameters.every((part) => /^charset="?utf-?8"?$/.test(part));
  return /^application\/(?:graphql\+)?json$/.test(type) && isUtf8;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function jsonOf(bytes: Buffer): unknown {
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    if (!hasTwice(text)) return value;
  } catch (error) {
    throw new GraphqlProblem(error instanceof Error ? `no JSON: ${error.message.slice(0, 60)}` : 'no JSON');
  }
  throw new GraphqlProblem('a key stands twice in one object');
}

/** Whether an object of a text that is JSON has a key twice: some servers take the first of them, some the last. */
function hasTwice(json: string): boolean {
  const objects: (Set<string> | undefined)[] = [];
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '{') objects.push(new Set());
    else if (character === '[') objects.push(undefined);
    else if (character === '}' || character === ']') objects.pop();
    if (character !== '"') continue;
    const end = stringEnd(json, at);
    const keys = objects.at(-1);
    if (keys !== undefined && isKey(json, end)) {
      const key = String(JSON.parse(json.slice(at, end)));
      if (keys.has(key)) return true;
      keys.add(key);
    }
    at = end - 1;
  }
  return false;
}

function stringEnd(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isKey(json: string, end: number): boolean {
  let at = end;
  while (/\s/.test(json[at] ?? '')) at += 1;
  return json[at] === ':';
}
