import { SallyportError } from '../../core/errors.ts';
import type { Parameter } from '../../core/command.ts';
import { BinaryCopyTokens } from '../../masking/tokens-copy-binary.ts';
import { TextCopyTokens } from '../../masking/tokens-copy-text.ts';
import { WatchedCopy } from '../../masking/tokens-copy.ts';
import type { CopyTokens } from '../../masking/tokens-copy.ts';
import type { TokensBack, TokenTarget } from '../../masking/tokens-back.ts';
import { holdsToken } from '../../masking/token.ts';
import { arrayOids, isJsonOid, TypeOid } from '../../wire/postgres/types.ts';
import type { Analysis, StatementFacts } from '../../wire/sql/analyse.ts';
import type { CopyFormat } from '../../wire/sql/copy-format.ts';
import type { StatementLineage, TokenPlace } from '../../wire/sql/lineage/lineage.ts';
import { withParameters } from '../../wire/sql/token-parameters.ts';

/** A text, and where what it does comes from, a statement each. */
export interface Traced {
  readonly analysis: Analysis;
  readonly lineages: readonly StatementLineage[];
  /** Types of its parameters as Parse states them; 0, or none, leaves a type to the server. */
  readonly types?: readonly number[];
}

/** What goes upstream in the place of a text with tokens: parameters stand where they stood. */
export interface Rewritten {
  readonly text: string;
  /** Of those parameters, in text format. The first has the number `first`. */
  readonly values: readonly Buffer[];
  readonly first: number;
  /** The same of two texts only if the same would go to the same places. */
  readonly key: string;
}

/** What an EXECUTE runs, and the parameters that it gives to it, in text format. */
export interface Executed {
  readonly name: string;
  readonly values: readonly (Buffer | null)[];
}

/**
 * Tokens on their way upstream. They become values as parameters and in the data of a COPY, where nothing but their
 * column gets to see them. The text of a statement may be seen by functions, in views of the server and in its log: no
 * value is ever written into it.
 */
export class TokensIn {
  readonly #tokens: TokensBack;

  constructor(tokens: TokensBack) {
    this.#tokens = tokens;
  }

  /** Whether the target has tokens at all. */
  get active(): boolean {
    return this.#tokens.active;
  }

  /**
   * Undefined where no token stands in the text at a place of a column with tokens. `declared` parameters come before
   * those that are added, though the text has fewer.
   * @throws SallyportError `denied` where a token may not be turned back
   */
  rewrite({ analysis, lineages }: Traced, declared = 0): Rewritten | undefined {
    const places = lineages.flatMap(({ tokens }) => tokens.flatMap((place) => literalOf(place)));
    const [first] = places;
    const [lineage] = lineages;
    if (!this.active || first === undefined || lineage === undefined) return undefined;
    if (lineages.length > 1) throw notAlone(first.resource);
    checkSilent(analysis.statements[0], first.resource, 'literal');
    const byPlace = [...Map.groupBy(places, ({ at }) => at).values()];
    const literals = byPlace.flatMap((same) => same.slice(0, 1)).toSorted((a, b) => a.at - b.at);
    const values = literals.map(({ at, value }) => {
      const target = targetOf(places.filter((place) => place.at === at));
      return this.#tokens.read(Buffer.from(value), target, 'text');
    });
    const number = Math.max(declared, lineage.parametersMax) + 1;
    if (number + values.length > parametersMax) throw tooMany(first.resource);
    const text = withParameters(analysis.text, literals, number, lineage.unqualified);
    if (text === undefined) throw oddlyWritten(first.resource);
    const key = JSON.stringify([text, literals.map(({ resource }) => resource)]);
    return { text, values, first: number, key };
  }

  /**
   * Parameters with their tokens turned back, of a statement that may be any of these; undefined where none is.
   * Who binds them sees to it that the statement names its tables with their schemas.
   * @throws SallyportError `denied` where a token may not be turned back
   */
  bind(candidates: readonly Traced[], parameters: readonly Parameter[]): (Buffer | null)[] | undefined {
    if (!this.active) return undefined;
    let changed = false;
    const bound = parameters.map(({ bytes, format }, at) => {
      if (bytes === null) return null;
      const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const target = holdsToken(value) ? boundTarget(candidates, at + 1) : undefined;
      if (target === undefined) return value;
      changed = true;
      return this.#tokens.read(value, target, format);
    });
    return changed ? bound : undefined;
  }

  /**
   * What an EXECUTE with tokens among its arguments comes to; undefined where none is to be turned back.
   * `prepared`: what its name may stand for.
   * @throws SallyportError `denied` where a token may not be turned back
   */
  execute({ analysis, lineages }: Traced, prepared: readonly Traced[]): Executed | undefined {
    const lineage = lineages.find((one) => one.arguments.length > 0);
    if (!this.active || lineage === undefined) return undefined;
    const [statement, ...others] = analysis.statements;
    const [name = ''] = statement?.executes ?? [];
    if (prepared.length === 0) throw notPrepared(name);
    const alone = others.length === 0 && statement?.tag === 'ExecuteStmt';
    const given = lineage.given ?? [];
    const parameters = given.map((value, at): Parameter => {
      // What is no constant may be an array with a token in it.
      const token = lineage.arguments.find(({ index }) => index === at)?.value;
      const text = alone ? value : (token ?? value);
      return { format: 'text', bytes: text === null || text === undefined ? null : Buffer.from(text) };
    });
    const hidden = lineage.arguments.some(({ index }) => given[index] === undefined);
    const values = this.bind(prepared, parameters);
    if (values === undefined && !hidden) return undefined;
    if (values === undefined || !alone || given.includes(undefined)) throw notPlain(name);
    if (prepared.some(isUnqualified)) throw needsSchema(name);
    return { name, values };
  }

  /**
   * What turns back the tokens in the data that the client sends for a COPY; undefined where no column of it has
   * tokens. `named`: its table goes upstream with its schema, whether the client has written that or not.
   */
  copied(traced: readonly Pick<Traced, 'analysis' | 'lineages'>[], named = false): CopyTokens | undefined {
    if (!this.active) return undefined;
    const copies = traced.flatMap(({ analysis, lineages }) =>
      analysis.statements.flatMap(({ copy }, at) =>
        copy?.direction === 'in'
          ? [{ format: copy.format, targets: copiedTargets(lineages[at], named) }]
          : [],
      ),
    );
    if (copies.every(({ targets }) => targets.size === 0)) return undefined;
    const [copy, ...others] = copies;
    if (copy?.format === undefined || others.length > 0) return new WatchedCopy();
    const columns = { targets: copy.targets, tokens: this.#tokens };
    if (copy.format.kind === 'binary') return new BinaryCopyTokens(columns);
    return new TextCopyTokens(columns, textFormat(copy.format));
  }
}

/** A message counts parameters with 16 bits. */
const parametersMax = 65_535;

type Literal = Extract<TokenPlace, { kind: 'literal' }>;

function literalOf(place: TokenPlace): Literal[] {
  return place.kind === 'literal' ? [place] : [];
}

/** Whether a name in it may stand for another table by the time that the server reads it. */
export function isUnqualified({ lineages }: Pick<Traced, 'lineages'>): boolean {
  return lineages.some(({ unqualified }) => unqualified.length > 0);
}

/** Whether it is a COPY from the client into columns that are sensitive. */
export function copiesTokens({ lineages }: Pick<Traced, 'lineages'>): boolean {
  return lineages.some(({ tokens }) => tokens.some(({ kind }) => kind === 'copied'));
}

/** The same statement with its tables' schemas; undefined where that cannot be written. */
export function qualified({ analysis, lineages }: Pick<Traced, 'analysis' | 'lineages'>): string | undefined {
  const [lineage, ...others] = lineages;
  if (lineage === undefined || others.length > 0 || analysis.statements[0]?.tag === 'PrepareStmt')
    return undefined;
  return withParameters(analysis.text, [], 1, lineage.unqualified);
}

/** Several places of one value: it may go on only where all are of one column. */
function targetOf(places: readonly TokenTarget[]): TokenTarget {
  const [first, ...others] = places;
  const { resource = '' } = first ?? {};
  const sure =
    places.every(({ unsure }) => unsure !== true) && others.every((it) => it.resource === resource);
  return sure ? { resource } : { resource, unsure: true };
}

/** Undefined where the parameter goes to no sensitive column, in none of these. */
function boundTarget(candidates: readonly Traced[], number: number): TokenTarget | undefined {
  const found = candidates.map(({ analysis, lineages, types }) => {
    const places = lineages.flatMap(({ tokens }) =>
      tokens.filter((place) => place.kind === 'parameter' && place.number === number),
    );
    const [first] = places;
    if (first === undefined) return undefined;
    checkSilent(analysis.statements[0], first.resource, 'parameter');
    const loose = lineages.some(({ looseParameters }) => looseParameters.includes(number));
    const sure = !loose && lineages.length === 1 && keepsText(types?.[number - 1]);
    const target = targetOf(places);
    return sure ? target : { resource: target.resource, unsure: true as const };
  });
  const targets = found.filter((target) => target !== undefined);
  if (targets.length === 0) return undefined;
  const target = targetOf(targets);
  return targets.length === found.length ? target : { resource: target.resource, unsure: true };
}

/** A type of one's own could cut a value, or fail by what it is, and tell it so bit by bit. */
function keepsText(typeOid = 0): boolean {
  return typeOid === 0 || textual.has(typeOid) || isJsonOid(typeOid);
}

const textual: ReadonlySet<number | undefined> = new Set([
  TypeOid.text,
  TypeOid.varchar,
  TypeOid.unknown,
  arrayOids.get(TypeOid.text),
  arrayOids.get(TypeOid.varchar),
  arrayOids.get(TypeOid.json),
  arrayOids.get(TypeOid.jsonb),
]);

/** Statements that take parameters and show none of them. */
const silent: ReadonlySet<string> = new Set(
  'SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt CreateTableAsStmt DeclareCursorStmt'.split(' '),
);

function checkSilent(
  statement: StatementFacts | undefined,
  resource: string,
  what: 'literal' | 'parameter',
): void {
  const tag = statement?.tag ?? '';
  if (silent.has(tag) || (what === 'parameter' && tag === 'PrepareStmt')) return;
  throw shown(resource, tag);
}

function copiedTargets(lineage: StatementLineage | undefined, named: boolean): Map<number, TokenTarget> {
  const places = (lineage?.tokens ?? []).flatMap((place) => (place.kind === 'copied' ? [place] : []));
  const unsure = named || lineage?.unqualified.length === 0 ? {} : ({ unsure: true } as const);
  const byIndex = Map.groupBy(places, ({ index }) => index);
  return new Map([...byIndex].map(([index, same]) => [index, { ...targetOf(same), ...unsure }]));
}

function textFormat(format: Exclude<CopyFormat, { kind: 'binary' }>) {
  const { delimiter, header, forceNull = false } = format;
  const markers = format.default === undefined ? [format.null] : [format.null, format.default];
  const { quote, escape } = format.kind === 'csv' ? format : { quote: '"', escape: '"' };
  return { csv: format.kind === 'csv', delimiter, quote, escape, markers, header, forcesNull: forceNull };
}

// ---- Refusals ----

function denied(message: string, hint: string): SallyportError {
  return new SallyportError('denied', `Sallyport: ${message}`, { hint });
}

function notAlone(resource: string): SallyportError {
  return denied(
    `a token of ${resource} stands in a text of several statements`,
    'Send the statement with the token by itself, or the token as a parameter.',
  );
}

function shown(resource: string, tag: string): SallyportError {
  const explain = tag === 'ExplainStmt';
  return denied(
    `${explain ? 'EXPLAIN' : 'a statement of this kind'} would show the value behind a token of ${resource}`,
    explain
      ? 'Explain the statement with another text in its place.'
      : 'Use tokens in SELECT, INSERT, UPDATE, DELETE and MERGE, where they can be parameters; in PREPARE write $1 and give the token to EXECUTE.',
  );
}

function oddlyWritten(resource: string): SallyportError {
  return denied(
    `a token of ${resource} is not written as a plain string`,
    "Write it as 'tok_…' without a type in front of it, or send it as a parameter.",
  );
}

function tooMany(resource: string): SallyportError {
  return denied(
    `there are more tokens of ${resource} in one statement than it can have parameters`,
    'Send them in several statements, as one array, or with COPY.',
  );
}

function notPrepared(name: string): SallyportError {
  return denied(
    `it is not known what EXECUTE ${name} runs, so a token cannot be given to it`,
    'Send PREPARE and EXECUTE as texts of their own.',
  );
}

function notPlain(name: string): SallyportError {
  return denied(
    `a token given to EXECUTE ${name} cannot be turned back`,
    'Send the EXECUTE by itself, with nothing but plain constants as its arguments, or bind parameters by the protocol.',
  );
}

export function needsSchema(name: string): SallyportError {
  return denied(
    `it is not sure where the values behind tokens would go in the prepared statement "${name}"`,
    'Prepare it with the schemas of its tables in their names, or for one statement only.',
  );
}

/** A table made in the same transaction may take a name that stood for another, and nobody else sees it yet. */
export function schemaInFlux(): SallyportError {
  return denied(
    'a table may have been made or changed in this transaction, so it is not sure where the value behind a token would go',
    'End the transaction first, or name the tables with their schemas.',
  );
}

export function targetsChanged(): SallyportError {
  return denied(
    'since a statement with tokens was prepared, its names may have come to mean something else',
    'Prepare it anew.',
  );
}
