import { z } from 'zod';
import { didYouMean } from './nearest.ts';
import { type ConfigFile, configSchema } from './schema.ts';
import type { Path, Source } from './source.ts';

/** The file's shape; undefined, with what is wrong noted in the source, where it has another. */
export function parseShape(source: Source): ConfigFile | undefined {
  const parsed = configSchema.safeParse(source.value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) refuseIssue(source, issue, []);
  return undefined;
}

function refuseIssue(source: Source, issue: z.core.$ZodIssue, base: Path): void {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) refuseKey(source, path, key);
  } else if (issue.code === 'invalid_union') {
    refuseUnion(source, issue, path);
  } else if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const given = String(valueAt(source.value, path));
    source.refuse(path, `${describe(path)} must be one of ${values.join(', ')}`, didYouMean(given, values));
  } else if (issue.code === 'invalid_type') {
    refuseType(source, path, issue);
  } else if (issue.code === 'too_small' && issue.minimum === 1 && issue.origin !== 'number') {
    source.refuse(path, `${describe(path)} must not be empty`);
  } else {
    source.refuse(path, `${describe(path)}: ${issue.message}`);
  }
}

function refuseType(source: Source, path: Path, issue: z.core.$ZodIssueInvalidType): void {
  const value = valueAt(source.value, path);
  // The schema names some texts by what they are; zod's own messages begin otherwise.
  const named = issue.message.startsWith('a ') ? issue.message : undefined;
  const words = named ?? typeWords[issue.expected] ?? issue.expected;
  if (value === undefined) source.refuseKey(path.slice(0, -1), `${describe(path)} is missing (${words})`);
  else source.refuse(path, `${describe(path)} must be ${words}`);
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
};

/** An error in the arm that was meant says more than that no arm fits. */
function refuseUnion(source: Source, issue: z.core.$ZodIssueInvalidUnion, path: Path): void {
  const value = valueAt(source.value, path);
  const meant = issue.errors.find((errors) => !errors.some((each) => isOtherType(each, value)));
  if (meant === undefined) source.refuse(path, `${describe(path)} ${issue.message}`);
  for (const inner of meant ?? []) refuseIssue(source, inner, path);
}

function isOtherType(issue: z.core.$ZodIssue, value: unknown): boolean {
  if (issue.code !== 'invalid_type' || issue.path.length > 0) return false;
  return value !== undefined;
}

function refuseKey(source: Source, path: Path, key: string): void {
  const at = [...path, key];
  const place = path.map((step) => (typeof step === 'number' ? '*' : String(step))).join('.');
  if (notBuilt.some((pattern) => matches(pattern, place === '' ? key : `${place}.${key}`))) {
    source.refuseKey(at, `${describe(at)} is not built yet in this version`);
    return;
  }
  source.refuseKey(at, `unknown key ${describe(at)}`, didYouMean(key, knownKeys(path)));
}

/** Keys of the design that are still to come; `*` is any one step. */
const notBuilt = [
  'store',
  'recordings',
  'listen.ssh',
  'targets.*.kubernetes',
  'targets.*.ssh',
  'targets.*.mcp',
];

function matches(pattern: string, place: string): boolean {
  const [wanted, steps] = [pattern.split('.'), place.split('.')];
  return wanted.length === steps.length && wanted.every((step, i) => step === '*' || step === steps[i]);
}

/** Keys that may stand at a path, by walking the JSON Schema along it. */
function knownKeys(path: Path): readonly string[] {
  const root = z.toJSONSchema(configSchema, { io: 'input' });
  let here: Arms = arms(root, root);
  for (const step of path) {
    here = here.flatMap((schema) => {
      const next =
        typeof step === 'number'
          ? schema.items
          : (schema.properties?.[String(step)] ?? schema.additionalProperties);
      return isSchema(next) ? arms(next, root) : [];
    });
  }
  return here.flatMap((schema) => Object.keys(schema.properties ?? {}));
}

type Schema = z.core.JSONSchema.BaseSchema;
type Arms = readonly Schema[];

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A schema with its reference followed and its alternatives apart. */
function arms(schema: Schema, root: Schema): Arms {
  if (schema.$ref !== undefined) {
    const found = root.$defs?.[schema.$ref.replace('#/$defs/', '')];
    return isSchema(found) ? arms(found, root) : [];
  }
  return schema.anyOf === undefined
    ? [schema]
    : schema.anyOf.filter(isSchema).flatMap((arm) => arms(arm, root));
}

function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
}

/** `targets.orders.postgres.host` */
function describe(path: Path): string {
  if (path.length === 0) return 'the configuration';
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${String(step)}`))
    .join('');
}
