import { entries, field, type OpenApi } from './document.ts';

/** More places than anybody has meant. */
const placesMax = 2_000;

/** What stands for any item of a list, or any key of a map. */
const any = '*';

/** Where a schema's values stand in a body, as keys of a JSON pointer; or why nobody can say. */
export type SchemaPlaces = { readonly places: readonly (readonly string[])[] } | { readonly problem: string };

/** All places in bodies of schema `root` that are of the schema at `ref`, `#/components/schemas/Customer`. */
export function placesOfSchema(api: OpenApi, root: unknown, ref: string): SchemaPlaces {
  const places = new Map<string, readonly string[]>();
  const leads = new Map<string, boolean>();
  let problem: string | undefined;
  const visit = (schema: unknown, at: readonly string[], within: readonly Step[]): void => {
    if (problem !== undefined) return;
    const named = field(schema, '$ref');
    if (typeof named === 'string') return visitRef(named, at, within);
    for (const { key, schema: inner } of parts(schema)) {
      visit(inner, key === undefined ? at : [...at, key], within);
    }
  };
  const visitRef = (named: string, at: readonly string[], within: readonly Step[]): void => {
    if (named === ref) places.set(JSON.stringify(at), at);
    if (places.size > placesMax) problem = `there are more than ${placesMax} such places`;
    if (!leads.has(named)) leads.set(named, leadsTo(api, named, ref));
    // What is looked for is not on this way, however often it goes round.
    if (leads.get(named) === false) return;
    const before = within.find((step) => step.ref === named);
    if (before !== undefined) {
      // The same value may be said to be the same thing twice.
      if (before.depth < at.length) problem = `${named} holds itself, so such places are without end`;
      return;
    }
    const schema = api.resolve(named);
    if (schema === undefined) problem = `${named} leads nowhere in this file`;
    const steps = [...within, { ref: named, depth: at.length }];
    for (const each of [schema, ...subtypes(api, named, schema)]) visit(each, at, steps);
  };
  visit(root, [], []);
  return problem === undefined ? { places: [...places.values()] } : { problem };
}

/** A reference on the way to a place, and how deep in the body it was followed. */
interface Step {
  readonly ref: string;
  readonly depth: number;
}

/** Whether values of this schema may have something there; `*` is any item or key. */
export function mayHave(
  api: OpenApi,
  schema: unknown,
  keys: readonly string[],
  seen: ReadonlySet<string> = new Set(),
): boolean {
  const named = field(schema, '$ref');
  if (typeof named === 'string') {
    if (seen.has(named)) return false;
    const target = api.resolve(named);
    const all = [target, ...subtypes(api, named, target)];
    const now = new Set([...seen, named]);
    return target === undefined || all.some((each) => mayHave(api, each, keys, now));
  }
  const [first, ...rest] = keys;
  if (first === undefined) return true;
  const inner = parts(schema);
  const type = String(field(schema, 'type'));
  if (inner.length === 0) return !/^(?:string|number|integer|boolean|null)$/.test(type);
  return inner.some(({ key, isItem, schema: each }) => {
    if (key === undefined) return mayHave(api, each, keys, seen);
    const isMeant = first === any || (isItem === true ? /^\d+$/.test(first) : key === first || key === any);
    return isMeant && mayHave(api, each, rest);
  });
}

interface Part {
  /** Of what stands in it; undefined where it is about the value itself. */
  readonly key: string | undefined;
  /** Of a list. */
  readonly isItem?: boolean;
  readonly schema: unknown;
}

/** JSON Schema 2020-12 §10 and §11, and what OpenAPI 3.0 has of it. */
function parts(schema: unknown): readonly Part[] {
  const under = (key: string | undefined, inner: unknown): Part[] =>
    typeof inner === 'object' && inner !== null ? [{ key, schema: inner }] : [];
  const mapped = entries(field(field(schema, 'discriminator'), 'mapping')).map(([, to]) => refTo(to));
  return [
    ...entries(field(schema, 'properties')).flatMap(([key, inner]) => under(key, inner)),
    ...entries(field(schema, 'patternProperties')).flatMap(([, inner]) => under(any, inner)),
    ...['additionalProperties', 'unevaluatedProperties'].flatMap((key) => under(any, field(schema, key))),
    ...['items', 'prefixItems', 'contains', 'unevaluatedItems'].flatMap((key) =>
      listOf(field(schema, key)).flatMap((inner) =>
        under(any, inner).map((part) => ({ ...part, isItem: true })),
      ),
    ),
    ...['allOf', 'anyOf', 'oneOf', 'if', 'then', 'else', 'not'].flatMap((key) =>
      listOf(field(schema, key)).flatMap((inner) => under(undefined, inner)),
    ),
    ...entries(field(schema, 'dependentSchemas')).flatMap(([, inner]) => under(undefined, inner)),
    ...mapped.map(($ref) => ({ key: undefined, schema: { $ref } })),
    ...unreadable(schema).map(($ref) => ({ key: undefined, schema: { $ref } })),
  ];
}

/** A mapping may name a schema without saying where it is (OpenAPI §4.8.25.4). */
function refTo(to: unknown): string {
  return typeof to === 'string' && /^[\w.-]+$/.test(to) ? `#/components/schemas/${to}` : String(to);
}

/** What leads elsewhere in a way that is not followed, so that it is seen to lead nowhere. */
function unreadable(schema: unknown): string[] {
  return ['$dynamicRef', '$recursiveRef'].flatMap((key) => {
    const to = field(schema, key);
    return to === undefined ? [] : [String(to)];
  });
}

/** Schemas that are one with a discriminator, and more: an answer that is said to be the one may be any of them. */
function subtypes(api: OpenApi, ref: string, schema: unknown): readonly unknown[] {
  if (field(schema, 'discriminator') === undefined) return [];
  return [...api.schemas].flatMap(([name, each]) =>
    listOf(field(each, 'allOf')).some((part) => field(part, '$ref') === ref)
      ? [{ $ref: `#/components/schemas/${name}` }]
      : [],
  );
}

/** Whether a value of the schema at `from` may have one of the schema at `ref` in it. */
function leadsTo(api: OpenApi, from: string, ref: string): boolean {
  const seen = new Set<string>();
  const search = (schema: unknown): boolean => {
    const named = field(schema, '$ref');
    if (typeof named !== 'string') return parts(schema).some(({ schema: inner }) => search(inner));
    if (named === ref) return true;
    if (seen.has(named)) return false;
    seen.add(named);
    const target = api.resolve(named);
    // Whither an unknown one leads, nobody can say.
    return target === undefined || [target, ...subtypes(api, named, target)].some(search);
  };
  return search({ $ref: from });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}
