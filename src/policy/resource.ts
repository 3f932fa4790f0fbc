import { isRoute, parseRoute } from '../core/route.ts';
import { requestPath } from '../wire/http/path.ts';
import { quoteIdentifier } from '../wire/sql/identifier.ts';

/** A name as the gateway writes it, or why it can be none. */
export type ResourceName = { readonly name: string } | { readonly problem: string; readonly hint: string };

/**
 * A sensitive column, `schema.table.column`, as PostgreSQL would quote it; a JSON pointer may follow the
 * column. Quotes that are needless go and missing ones come (`public.user.email` is `public."user".email`),
 * so that it is found under the one name that the analysis of SQL uses.
 */
export function columnName(text: string): ResourceName {
  const { names, pointer } = splitPointer(text);
  const parts = splitName(names);
  if (parts === undefined || parts.length !== 3 || parts.some((part) => part.text === '')) {
    return { problem: `"${text}" names no column`, hint: 'write schema.table.column' };
  }
  const folded = foldedPart(parts);
  if (folded !== undefined) return folded;
  const star = parts.find((part) => !part.quoted && part.text.includes('*'));
  if (star !== undefined) return { problem: `"${text}" is a pattern`, hint: 'name each sensitive column' };
  return badPointer(pointer) ?? { name: parts.map(canonical).join('.') + pointer };
}

/** Places in what an API answers: a route and a JSON pointer, `GET /v1/customers/{id}#/email`. */
export function routePlace(text: string): ResourceName {
  if (text.startsWith('gql:')) return fieldName(text);
  const [, route = '', parameter = ''] = /^([^#]*)#(\?[^#]+|\{[^{}#]+\})$/.exec(text) ?? [];
  if (parameter !== '' && isRoute(route)) return requestPlace(route, parameter, text);
  const { names, pointer } = splitPointer(text);
  if (!isRoute(names) || pointer === '' || names.includes(' but ')) {
    return {
      problem: `"${text}" names no place in answers`,
      hint: 'write a route and a JSON pointer: GET /v1/customers/{id}#/email',
    };
  }
  return routeName(names, pointer) ?? badPointer(pointer) ?? { name: text };
}

/** What an MCP server has is named by its kind, as it stands. */
const mcpName = /^(?:tool|prompt|resource|client|method):/;

/** Places in what tools and resources of an MCP server answer, or arguments of tools where tokens come back. */
export function toolPlace(text: string): ResourceName {
  const [, name = '', pointer = ''] = /^((?:tool|resource):.+)#([/?].+)$/s.exec(text) ?? [];
  const isArgument = pointer.startsWith('?');
  if (name === '' || (isArgument && !name.startsWith('tool:'))) {
    return {
      problem: `"${text}" names no place in answers`,
      hint: 'write a tool and a JSON pointer: tool:lookup#/email, or tool:refund#?customer for an argument',
    };
  }
  return badPointer(`#${pointer}`) ?? { name: text };
}

/**
 * A place in what AWS answers: an action and a JSON pointer, `ssm:GetParameter#/Parameter/Value`; or a table of DynamoDB and
 * an attribute of its items, `arn:aws:dynamodb:*:*:table/users#/email`.
 */
export function awsPlace(text: string): ResourceName {
  const { names, pointer } = splitPointer(text);
  const isTable = /^arn:aws[a-z-]*:dynamodb:[^:#]*:[^:#]*:table\/[^#/]+$/.test(names);
  if (pointer !== '' && (isTable || /^[a-z0-9-]+:[A-Za-z]\w*$/.test(names))) {
    return badPointer(pointer) ?? { name: text };
  }
  return {
    problem: `"${text}" names no place in answers`,
    hint: 'write ssm:GetParameter#/Parameter/Value, or arn:aws:dynamodb:*:*:table/users#/email',
  };
}

/** A glob over resources, its whole parts quoted as PostgreSQL would; a JSON pointer stays as it stands. */
export function resourceGlob(text: string): ResourceName {
  const { names, pointer } = splitPointer(text);
  if (isRoute(names)) return routeName(names, pointer) ?? { name: text };
  if (mcpName.test(text)) return { name: text };
  if (text.startsWith('gql:')) return fieldName(text);
  // Names of AWS: a colon that no name of PostgreSQL has outside quotes.
  if (/^[a-z0-9-]+:/.test(names)) return badArn(names) ?? { name: text };
  const parts = splitName(names);
  if (parts === undefined) return { problem: `"${text}" has a quote that does not end`, hint: 'close it' };
  return foldedPart(parts) ?? { name: parts.map(canonical).join('.') + pointer };
}

/** ARNs always have six parts: what has fewer and no star at its end is about nothing. */
function badArn(names: string): ResourceName | undefined {
  if (!names.startsWith('arn:') || names.endsWith('*') || names.split(':').length >= 6) return undefined;
  return {
    problem: `"${names}" is no ARN`,
    hint: 'write arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE, * for any part',
  };
}

/** Where tokens come back: a parameter of the query, `GET /v1/search#?phone`, or of the path, `/v1/by/{phone}#{phone}`. */
function requestPlace(route: string, parameter: string, text: string): ResourceName {
  if (parameter.startsWith('{') && !route.split('/').includes(parameter)) {
    return { problem: `${route} has no segment ${parameter}`, hint: 'name one of its segments, or ?name' };
  }
  return routeName(route, `#${parameter}`) ?? { name: text };
}

/** A field of a GraphQL API by its path, `gql:Query.customer.email`, `*` being anything in it; or by its type. */
function fieldName(text: string): ResourceName {
  if (/^gql:[\w*]+(?:\.[\w*]+)*$/.test(text)) return { name: text };
  return { problem: `"${text}" names no field`, hint: 'write gql:Query.customer.email' };
}

/** RFC 6901 §3 */
function badPointer(pointer: string): ResourceName | undefined {
  if (!/~(?![01])/.test(pointer)) return undefined;
  return {
    problem: `"${pointer.slice(1)}" is no JSON pointer`,
    hint: 'in a key, ~ is written ~0, and / is ~1',
  };
}

/** Undefined where it is one. */
function routeName(route: string, pointer: string): ResourceName | undefined {
  try {
    parseRoute(route);
    return otherwiseSpelt(route);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return {
      problem: `"${route}${pointer}": ${error.message}`,
      hint: 'write GET /v1/customers/{id}, or /v1/*',
    };
  }
}

/** Requests are brought to one spelling before they are looked at: a rule in another would be about nothing. */
function otherwiseSpelt(route: string): ResourceName | undefined {
  const [first = ''] = route.split(' but ');
  const path = first.slice(first.indexOf('/')).replaceAll(/\{[^/]*\}/g, 'x');
  const spelt = requestPath(path);
  if ('problem' in spelt) return { problem: `"${route}": ${spelt.problem}`, hint: 'no request comes to it' };
  if (spelt.path === path) return undefined;
  return { problem: `"${route}" is spelt otherwise in requests`, hint: `there it is ${spelt.path}` };
}

interface Part {
  /** Without its quotes. */
  readonly text: string;
  readonly quoted: boolean;
}

function canonical({ text, quoted }: Part): string {
  // A part with a star is a pattern: as it stands. Other spellings are of other protocols than SQL.
  if (text.includes('*')) return quoted ? `"${text.replaceAll('"', '""')}"` : text;
  return quoted || /^[a-z_][a-z0-9_$]*$/.test(text) ? quoteIdentifier(text) : text;
}

/** PostgreSQL reads `Users` as `users`, so a rule about `Users` would be about nothing. */
function foldedPart(parts: readonly Part[]): ResourceName | undefined {
  const part = parts.find(
    ({ text, quoted }) => !quoted && /^[A-Za-z_][\w$*]*$/.test(text) && /[A-Z]/.test(text),
  );
  if (part === undefined) return undefined;
  return {
    problem: `"${part.text}" has capitals outside quotes, which PostgreSQL reads as ${part.text.toLowerCase()}`,
    hint: `write ${part.text.toLowerCase()} or, if the name has capitals, "${part.text}" in double quotes`,
  };
}

/** Parts between the dots outside quotes; undefined where a quote does not end or ends amid a part. */
function splitName(text: string): readonly Part[] | undefined {
  const parts: Part[] = [];
  let rest = text;
  for (;;) {
    const match = /^(?:"((?:[^"]|"")*)"|([^".]*))(\.|$)/.exec(rest);
    if (match === null) return undefined;
    const [whole, quoted, plain, end] = match;
    parts.push(
      quoted === undefined
        ? { text: plain ?? '', quoted: false }
        : { text: quoted.replaceAll('""', '"'), quoted: true },
    );
    if (end === '') return parts;
    rest = rest.slice(whole.length);
  }
}

function splitPointer(text: string): { readonly names: string; readonly pointer: string } {
  const match = /^((?:"(?:[^"]|"")*"|[^"#])*)(#\/.*)?$/s.exec(text);
  return { names: match?.[1] ?? text, pointer: match?.[2] ?? '' };
}
