import { runInNewContext } from 'node:vm';
import { Ajv, type AnySchemaObject, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';
import { isObject } from '../../wire/mcp/exact-json.ts';

/** A schema comes from a server, so it may mean harm: to the gateway's time, its memory, its code. */
const schemaCharsMax = 64 * 1024;
const subschemasMax = 2_000;
/** Far more than honest ones take on a machine that does much else. */
const timeoutMs = 2_000;
/** How often something is tried that the machine did not let run. */
const attemptsMax = 3;
/** One that took longer so often is not asked again; once is the machine's fault, or that of one client's arguments. */
const latesMax = 3;
const knownMax = 1_000;

export type ArgumentCheck = (args: unknown) => string | undefined;

const known = new Map<string, ArgumentCheck>();

/**
 * What tells why arguments do not fit a tool's schema, in a sentence; undefined where they do. One that cannot be used
 * fits nothing. `digest`: of the tool's definition.
 */
export function argumentCheck(digest: string, schema: unknown): ArgumentCheck {
  let check = known.get(digest);
  if (check === undefined) {
    if (known.size >= knownMax) known.clear();
    known.set(digest, (check = made(schema)));
  }
  return check;
}

function made(schema: unknown): ArgumentCheck {
  const problem = problemOf(schema);
  let broken = problem === undefined ? undefined : unusable(problem);
  let compiler: Ajv | undefined;
  let validate: ValidateFunction | undefined;
  let lates = 0;
  return (args) => {
    if (broken !== undefined) return broken;
    try {
      const { $schema: dialect, $id: _, ...rest } = schema as AnySchemaObject;
      // Outside, for it takes longest, and has nothing of the server's.
      const ready = (compiler ??= compilerOf(dialect));
      return inTime(() => {
        validate ??= ready.compile(rest);
        return validate(args) ? undefined : complaint(validate);
      });
    } catch (error) {
      const why = unusable(isLate(error) ? 'it takes too long' : 'it is no JSON Schema');
      if (!isLate(error) || ++lates >= latesMax) broken = why;
      return why;
    }
  };
}

/** Patterns in linear time, references within the schema alone, formats as mere notes (2020-12, §7.2.1). */
function compilerOf(said: unknown): Ajv {
  const dialect = typeof said === 'string' && said.includes('draft-07') ? Ajv : Ajv2020;
  const regExp = Object.assign((pattern: string): LinearPattern => linear(pattern), { code: 'undefined' });
  const ajv = new dialect({
    strict: false,
    allErrors: false,
    validateFormats: false,
    inlineRefs: false,
    addUsedSchema: false,
    logger: false,
    messages: true,
    code: { regExp },
  });
  // Compiles what says how schemas of this dialect have to be.
  ajv.validateSchema({});
  return ajv;
}

interface LinearPattern {
  test(text: string): boolean;
  /** By this Ajv tells patterns apart. */
  toString(): string;
}

function linear(pattern: string): LinearPattern {
  const compiled = RE2JS.compile(pattern);
  return { test: (text) => compiled.matcher(text).find(), toString: () => pattern };
}

function problemOf(schema: unknown): string | undefined {
  if (!isObject(schema)) return 'it is no object';
  if (JSON.stringify(schema).length > schemaCharsMax) return `it has over ${schemaCharsMax} characters`;
  let count = 0;
  const walk = (value: unknown): string | undefined => {
    if (Array.isArray(value)) return value.map(walk).find((found) => found !== undefined);
    if (!isObject(value)) return undefined;
    if (++count > subschemasMax) return `it has over ${subschemasMax} parts`;
    const { $ref: ref } = value;
    if (typeof ref === 'string' && !ref.startsWith('#')) return 'it refers to another place';
    if ('$dynamicRef' in value || '$recursiveRef' in value) return 'it has dynamic references';
    return Object.values(value)
      .map(walk)
      .find((found) => found !== undefined);
  };
  return walk(schema);
}

/** Stops whatever runs in it, which nothing else can do to code that has no end. */
function inTime<T>(run: () => T): T {
  for (let attempt = 1; ; attempt++) {
    const before = process.threadCpuUsage();
    try {
      return runInNewContext('run()', { run }, { timeout: timeoutMs }) as T;
    } catch (error) {
      const { user, system } = process.threadCpuUsage(before);
      // Stopped before it had run for half of its time: the machine is slow, and not the schema.
      const isStarved = isLate(error) && (user + system) / 1_000 < timeoutMs / 2;
      if (!isStarved || attempt === attemptsMax) throw error;
    }
  }
}

/** Of the other context, so it is no Error of this one. */
function isLate(error: unknown): boolean {
  return isObject(error) && error['code'] === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

function complaint({ errors }: ValidateFunction): string {
  const [{ instancePath = '', message = 'is not as it should be', params = {} } = {}] = errors ?? [];
  const more = 'additionalProperty' in params ? `: ${String(params['additionalProperty']).slice(0, 60)}` : '';
  return `arguments${instancePath.slice(0, 200)} ${message}${more}`;
}

function unusable(why: string): string {
  return `the schema of this tool cannot be used: ${why}`;
}
