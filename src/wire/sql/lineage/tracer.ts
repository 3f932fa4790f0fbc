import type { Node, ParamRef, TypeName } from '@pgsql/types';
import type { RelationName } from '../analyse.ts';
import { IntricateError } from '../intricate.ts';
import { below, strings, under } from '../tree.ts';
import type {
  Finding,
  LineageCatalog,
  LineageRelation,
  OutputLineage,
  StatementLineage,
  TokenArgument,
  TokenPlace,
  Use,
} from './lineage.ts';
import { type Column, driftOf, type Scope } from './scope.ts';
import { isHidden, isPlain, nothing, resourcesOf, type Value } from './value.ts';

/** Evaluates an expression; `scope` is what its names may stand for. */
export type ValueOf = (tracer: Tracer, node: Node | undefined, scope: Scope) => Value;
/** The columns that a query (or a statement with RETURNING) gives. */
export type ColumnsOf = (tracer: Tracer, node: Node | undefined, scope: Scope | undefined) => Column[];

/** Steps that one statement may take: views and CTEs within each other could multiply. */
const stepsMax = 5_000_000;

/** Goes through one statement and gathers what it does with sensitive values. */
export class Tracer {
  readonly catalog: LineageCatalog;
  /** `=` or `<>` is somebody's own, and may compare otherwise. */
  readonly equalityIsOthers: boolean;
  readonly opaque = new Set<string>();
  readonly unknown = new Set<string>();
  readonly #findings = new Map<string, Finding>();
  readonly #tokens = new Map<string, TokenPlace>();
  /** Literals and parameters of the tree that are among `#tokens`. */
  readonly #placed = new Set<object>();
  readonly #unqualified = new Map<number, string>();
  readonly #reads = new Map<string, RelationName>();
  readonly #valueOf: ValueOf;
  readonly #columnsOf: ColumnsOf;
  readonly #looksForTokens: boolean;
  #steps = 0;
  /** Of aggregates with DISTINCT; the server may sort the rows for them … */
  readonly #counted: Value[] = [];
  /** … and another aggregate would show in which order they came. */
  #showsOrder = false;
  #measures = false;

  constructor(catalog: LineageCatalog, valueOf: ValueOf, columnsOf: ColumnsOf, looksForTokens: boolean) {
    this.catalog = catalog;
    this.equalityIsOthers = catalog.redefines('=') || catalog.redefines('<>');
    this.#valueOf = valueOf;
    this.#columnsOf = columnsOf;
    this.#looksForTokens = looksForTokens;
  }

  value(node: Node | undefined, scope: Scope): Value {
    this.step();
    return this.#valueOf(this, node, scope);
  }

  values(nodes: readonly (Node | undefined)[] | undefined, scope: Scope): Value[] {
    return (nodes ?? []).map((node) => this.value(node, scope));
  }

  query(node: Node | undefined, scope: Scope | undefined): Column[] {
    this.step();
    return this.#columnsOf(this, node, scope);
  }

  /** @throws IntricateError where there is too much to follow */
  step(count = 1): void {
    this.#steps += count;
    if (this.#steps > stepsMax) throw new IntricateError('too much to trace');
  }

  /** A condition that rows or branches hang on. */
  condition(node: Node | undefined, scope: Scope): void {
    if (node === undefined) return;
    const value = this.value(node, scope);
    if (isHidden(value) && !value.guess) this.leak('pattern', [value], 'let rows hang on it');
  }

  /** Something is done with hidden values that shows nothing of them. */
  use(use: Use, values: readonly Value[]): void {
    this.#found({ use, resources: resourcesOf(values) });
  }

  /** Something is done with hidden values that would give them away: `leaks` ends the sentence "this would …". */
  leak(use: Use | undefined, values: readonly Value[], leaks: string): void {
    this.#found({ ...(use === undefined ? {} : { use }), resources: resourcesOf(values), leaks });
  }

  leakResources(resources: readonly string[], leaks: string): void {
    this.#found({ resources, leaks });
  }

  /** Two values are compared for equality, neither of them a constant. */
  compared(left: Value, right: Value): void {
    if (!isHidden(left) && !isHidden(right)) return;
    if (this.equalityIsOthers || !isPlainOrClear(left) || !isPlainOrClear(right)) {
      return this.leak('pattern', [left, right], 'compare something computed from it');
    }
    // Whoever sees one side would see the other.
    if (isHidden(left))
      this.#found({ use: 'join', resources: resourcesOf([left]), with: resourcesOf([right]) });
    if (isHidden(right))
      this.#found({ use: 'join', resources: resourcesOf([right]), with: resourcesOf([left]) });
  }

  /** Equal values come together: GROUP BY, DISTINCT. */
  grouped(value: Value): void {
    if (!isHidden(value)) return;
    if (isPlain(value)) this.use('group', [value]);
    else this.leak('group', [value], 'group by something computed from it');
  }

  /** Equal values come together in a way that always sorts: PARTITION BY, DISTINCT ON, ROLLUP. */
  sortedIntoGroups(value: Value): void {
    if (isHidden(value)) {
      this.leak(
        'order',
        [value],
        'sort rows by it on the way, and give them in that order, which tells it bit by bit',
      );
    }
  }

  /** From here on sizes of what is carried along are shown. */
  measure(): void {
    this.#measures = true;
  }

  carried(value: Value): void {
    if (this.#measures && isHidden(value)) {
      this.leak(undefined, [value], 'measure it by EXPLAIN ANALYZE (leave out ANALYZE, or the column)');
    }
  }

  countedOnce(value: Value): void {
    this.grouped(value);
    if (isHidden(value)) this.#counted.push(value);
  }

  showsOrder(): void {
    this.#showsOrder = true;
  }

  ordered(value: Value): void {
    if (isHidden(value)) this.leak('order', [value], 'sort by it, which tells it bit by bit');
  }

  reads(relation: RelationName): void {
    this.#reads.set(JSON.stringify(relation), relation);
  }

  /** A relation named without its schema, where it can be of this one only. */
  unqualified({ schema, columns }: LineageRelation, at: number): void {
    if (columns.some(({ origins }) => origins.length > 0)) this.#unqualified.set(at, schema);
  }

  /** Constants, and lists and arrays of them, that are given for a column. */
  given(column: Value, node: Node | undefined, array = false): void {
    const [origin] = column.origins;
    if (origin === undefined) return;
    const unsure = isOneColumn(column) ? {} : ({ unsure: true } as const);
    for (const { place, constant, types } of placesIn(node, array, this.#looksForTokens)) {
      this.#placed.add(constant);
      for (const at of types) this.#unqualified.set(at, 'pg_catalog');
      this.#token({ ...place, ...unsure, resource: origin.resource });
    }
  }

  copied(column: Value, index: number): void {
    const [origin] = column.origins;
    const unsure = isOneColumn(column) ? {} : ({ unsure: true } as const);
    if (origin !== undefined) this.#token({ kind: 'copied', index, ...unsure, resource: origin.resource });
  }

  /** What has been found, of a statement that shows these columns. */
  lineage(statement: Node, outputs: readonly Column[] | undefined): StatementLineage {
    if (this.#showsOrder) for (const value of this.#counted) this.sortedIntoGroups(value);
    const { literals, parameters } = constantsIn(statement, this.#looksForTokens);
    const loose = parameters.filter((parameter) => !this.#placed.has(parameter));
    return {
      outputs: outputs && outputsOf(outputs),
      findings: [...this.#findings.values()],
      tokens: [...this.#tokens.values()],
      looseTokens: literals.some((literal) => !this.#placed.has(literal)),
      looseParameters: [...new Set(loose.map(({ number = 0 }) => number))],
      unqualified: [...this.#unqualified].map(([at, schema]) => ({ at, schema })),
      parametersMax: parameters.reduce((max, { number = 0 }) => Math.max(max, number), 0),
      opaque: [...this.opaque],
      reads: [...this.#reads.values()],
      unknown: [...this.unknown],
      arguments: [],
    };
  }

  #found(finding: Finding): void {
    if (finding.resources.length > 0) this.#findings.set(JSON.stringify(finding), finding);
  }

  #token(place: TokenPlace): void {
    this.#tokens.set(JSON.stringify(place), place);
  }
}

/** Where a star stands before something hidden, its columns may be more or fewer by the time they come. */
function outputsOf(columns: readonly Column[]): OutputLineage[] {
  const drift = driftOf(columns);
  return columns.map(({ name, value, spread, starred }, at) => {
    const output = { name, origins: value.origins, typeOid: value.typeOid };
    if (drift !== -1 && at >= drift && starred === true) return { ...output, name: undefined, spread: true };
    return spread === undefined ? output : { ...output, spread };
  });
}

function isPlainOrClear(value: Value): boolean {
  return value === nothing || !isHidden(value) || isPlain(value);
}

/** Surely a column, whole and as it is, whose values are all masked alike. */
function isOneColumn({ origins, mixed }: Value): boolean {
  const [origin, ...others] = origins;
  return others.length === 0 && origin?.plain === true && origin.pointer === undefined && mixed !== true;
}

/** How tokens begin: one that was cut is to be refused rather than taken for a text. */
const tokenShape = /tok_[0-9a-f]{8}_/;

type ConstantPlace = { readonly unsure?: true } & (
  | { readonly kind: 'parameter'; readonly number: number; readonly array: boolean }
  | { readonly kind: 'literal'; readonly at: number; readonly value: string; readonly array: boolean }
);

interface PlacedConstant {
  readonly place: ConstantPlace;
  readonly constant: object;
  /** Where types are named without their schema that it is cast to. */
  readonly types: readonly number[];
}

/** What stands around a constant. */
interface Casts {
  readonly unsure: boolean;
  readonly types: readonly number[];
}

/** Where in `node` parameters and literals of token shape stand that are its whole value, or items of it. */
function* placesIn(
  node: Node | undefined,
  array: boolean,
  tokens: boolean,
  casts: Casts = { unsure: false, types: [] },
): Generator<PlacedConstant> {
  const unsure = casts.unsure ? ({ unsure: true } as const) : {};
  const { types } = casts;
  const parameter = under(node, 'ParamRef');
  if (parameter !== undefined) {
    yield {
      place: { kind: 'parameter', number: parameter.number ?? 0, array, ...unsure },
      constant: parameter,
      types,
    };
  }
  const constant = tokens ? under(node, 'A_Const') : undefined;
  const value = constant?.sval?.sval;
  if (constant !== undefined && value !== undefined && tokenShape.test(value)) {
    yield {
      place: { kind: 'literal', at: constant.location ?? 0, value, array, ...unsure },
      constant,
      types,
    };
  }
  const typeCast = under(node, 'TypeCast');
  if (typeCast !== undefined) {
    const { arg, typeName } = typeCast;
    const items = array || (typeName?.arrayBounds?.length ?? 0) > 0;
    const named = typeName?.names?.length === 1 ? [...types, typeName.location ?? 0] : types;
    yield* placesIn(arg, items, tokens, { unsure: casts.unsure || !keepsText(typeName), types: named });
  }
  const items = under(node, 'A_ArrayExpr')?.elements ?? under(node, 'List')?.items ?? [];
  for (const item of items) yield* placesIn(item, false, tokens, casts);
}

/** A type that leaves a text as it is. Others cut it, or fail by what it is, which would tell it bit by bit. */
export function keepsText(type: TypeName | undefined): boolean {
  const name = strings(type?.names).filter((part) => part !== 'pg_catalog');
  const plain = name.length === 1 && (name[0] === 'text' || name[0] === 'varchar');
  return plain && (type?.typmods ?? []).length === 0;
}

/** The arguments of EXECUTE that look like tokens. */
export function argumentsOf(params: readonly Node[] | undefined): TokenArgument[] {
  return (params ?? []).flatMap((node, index) =>
    [...placesIn(node, false, true)].flatMap(({ place }) =>
      place.kind === 'literal' ? [{ index, at: place.at, value: place.value, array: place.array }] : [],
    ),
  );
}

interface Constants {
  readonly literals: readonly object[];
  readonly parameters: readonly ParamRef[];
}

/** Literals of token shape and parameters, anywhere below. */
function constantsIn(statement: Node, tokens: boolean): Constants {
  const literals: object[] = [];
  const parameters: ParamRef[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const node = value as Node;
    const constant = tokens ? under(node, 'A_Const') : undefined;
    const parameter = 'ParamRef' in value ? under(node, 'ParamRef') : undefined;
    if (parameter !== undefined) parameters.push(parameter);
    else if (constant === undefined) below(value).forEach(visit);
    else if (tokenShape.test(constant.sval?.sval ?? '')) literals.push(constant);
  };
  visit(statement);
  return { literals, parameters };
}
