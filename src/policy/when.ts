import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';

/** What a `when` is asked about; the names are those that rules use. */
export interface Facts {
  readonly identity: object;
  readonly target: object;
  readonly command: object;
  /** Absent where there is none: what asks for it then fails to evaluate. */
  readonly session?: object;
  readonly now: Date;
}

export type ConditionResult = boolean | { readonly error: string };

/** A compiled `when`. Never throws. */
export type Condition = (facts: Facts) => ConditionResult;

/** Why an expression is no condition, and where in it (characters from its start). */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** @throws ConditionError for bad syntax, an unknown variable or field, or an expression that is no bool */
export function compileCondition(expression: string): Condition {
  const program = parse(expression);
  const { valid, type, error } = program.check();
  if (!valid) throw conditionError(error);
  // `dyn` is a claim, whose type only the token knows: looked at when it is evaluated.
  if (type !== 'bool' && type !== 'dyn') throw new ConditionError(`gives ${type}, not bool`, 0);
  return (facts) => {
    try {
      const result: unknown = program(facts);
      return typeof result === 'boolean' ? result : { error: 'does not give a bool' };
    } catch (error) {
      return { error: summary(error) };
    }
  };
}

function parse(expression: string): ReturnType<Environment['parse']> {
  try {
    return environment.parse(expression);
  } catch (error) {
    throw conditionError(error);
  }
}

function conditionError(error: unknown): ConditionError {
  const range = error instanceof Error && 'range' in error ? error.range : undefined;
  const start = typeof range === 'object' && range !== null && 'start' in range ? range.start : 0;
  return new ConditionError(summary(error), typeof start === 'number' ? start : 0);
}

function summary(error: unknown): string {
  if (!(error instanceof Error)) return 'cannot be evaluated';
  // The library's `message` draws the expression over several lines; `summary` is the sentence alone.
  return 'summary' in error && typeof error.summary === 'string' ? error.summary : error.message;
}

const environment = new Environment({ unlistedVariablesAreDyn: false, homogeneousAggregateLiterals: false })
  .registerVariable({
    name: 'identity',
    schema: {
      subject: 'string',
      issuer: 'string',
      kind: 'string',
      groups: 'list<string>',
      claims: 'map<string, dyn>',
      purpose: 'string',
      task: 'string',
    },
  })
  .registerVariable({
    name: 'target',
    schema: { name: 'string', protocol: 'string', labels: 'map<string, string>' },
  })
  .registerVariable({
    name: 'command',
    schema: {
      text: 'string',
      parameters: 'list<dyn>',
      effects: 'list<string>',
      kinds: 'list<string>',
      resources: 'list<string>',
      unbounded: 'bool',
      uses: 'list<string>',
      args: 'map<string, dyn>',
    },
  })
  .registerVariable({
    name: 'session',
    schema: {
      id: 'string',
      opened: 'google.protobuf.Timestamp',
      commands: 'int',
      rows: 'int',
      client: 'string',
    },
  })
  .registerVariable('now', 'google.protobuf.Timestamp')
  // The library's own `matches` is JavaScript's RegExp, which a client's text could stall for ever. Macros are
  // found by name and number of arguments alone, so this one takes its place for receivers of every type.
  .registerFunction('list.matches(ast): bool', linearMatches);

/** What the library hands to a macro, as far as it is used here. */
interface MacroCall {
  readonly receiver: MacroNode;
  readonly args: readonly [MacroNode];
}
interface MacroNode {
  readonly op: string;
  readonly args: unknown;
}
interface Checker {
  check(node: MacroNode, context: unknown): { readonly name: string };
  getType(name: string): unknown;
  createError(code: string, message: string, node: MacroNode): Error;
}
interface Evaluator {
  run(node: MacroNode, context: unknown): unknown;
}

function linearMatches({ receiver, args: [pattern] }: MacroCall): object {
  // A literal pattern is compiled at once, so that a bad one is found when the configuration is read.
  if (pattern.op === 'value' && typeof pattern.args === 'string') regexp(pattern.args);
  return {
    typeCheck(checker: Checker, _macro: unknown, context: unknown): unknown {
      for (const node of [receiver, pattern]) {
        const { name } = checker.check(node, context);
        if (name !== 'string' && name !== 'dyn') {
          throw checker.createError('no_matching_overload', `matches() wants strings, not ${name}`, node);
        }
      }
      return checker.getType('bool');
    },
    evaluate(evaluator: Evaluator, _macro: unknown, context: unknown): boolean {
      const text = evaluator.run(receiver, context);
      const wanted = evaluator.run(pattern, context);
      if (typeof text !== 'string' || typeof wanted !== 'string') throw new Error('matches() wants strings');
      return regexp(wanted).matcher(text).find();
    },
  };
}

const compiled = new Map<string, RE2JS>();
/** Patterns are nearly always literals of the configuration; the bound is for those made from claims. */
const compiledMax = 1000;

function regexp(pattern: string): RE2JS {
  let found = compiled.get(pattern);
  if (found === undefined) {
    found = RE2JS.compile(pattern);
    if (compiled.size >= compiledMax) compiled.clear();
    compiled.set(pattern, found);
  }
  return found;
}
