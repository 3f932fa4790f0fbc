import { parentPort } from 'node:worker_threads';
import type { ParseResult } from '@pgsql/types';
import { hasSqlDetails, loadModule, parseSync, type SqlError } from 'libpg-query';
import { type Analysis, analyseTree } from '../../wire/sql/analyse.ts';
import { IntricateError } from '../../wire/sql/intricate.ts';
import type { StatementLineage } from '../../wire/sql/lineage/lineage.ts';
import { lineageOf } from '../../wire/sql/lineage/lineage-of.ts';
import { watchText } from '../../wire/sql/watch.ts';
import { TargetLineage } from './lineage-catalog.ts';
import type { LineageData } from './lineage-data.ts';

/** What the thread is told: what names mean on a target, under a number, and that it may forget that. */
export type Message =
  | Ask
  | { readonly kind: 'learn'; readonly target: number; readonly data: LineageData }
  | { readonly kind: 'forget'; readonly target: number };

interface Ask {
  readonly kind: 'ask';
  readonly text: string;
  readonly target?: number;
  /** Whether to find out what holds for all texts of its normal form. */
  readonly share: boolean;
}

/** Whether it holds for all texts of the text's normal form. */
interface Shared {
  readonly analysis: boolean;
  readonly lineages: boolean;
}

/** What the thread says of a text; `broken`: the parser failed in a way of its own and must not be asked again. */
export type Reply =
  | {
      readonly kind: 'analysis';
      readonly analysis: Analysis;
      readonly lineages?: readonly StatementLineage[];
      readonly shared: Shared;
    }
  | { readonly kind: 'too_many'; readonly statements: number }
  | { readonly kind: 'intricate' }
  | { readonly kind: 'broken'; readonly error: string };

/** A text of more statements than this is a file of data, not a command that somebody could judge. */
export const statementsMax = 1_000;

const targets = new Map<number, TargetLineage>();
const port = parentPort;
if (port !== null) {
  await loadModule();
  port.on('message', (message: Message) => {
    if (message.kind === 'ask') port.postMessage(reply(message));
    else if (message.kind === 'forget') targets.delete(message.target);
    else targets.set(message.target, new TargetLineage(message.data));
  });
}

const alone: Shared = { analysis: false, lineages: false };

function reply({ text, target, share }: Ask): Reply {
  try {
    const tree = parseSync(text);
    const statements = tree.stmts?.length ?? 0;
    if (statements > statementsMax) return { kind: 'too_many', statements };
    const looked = share ? watchText(text, tree, parsed) : undefined;
    const analysis = analyseTree(tree, text);
    const shared = looked === undefined ? alone : { analysis: !looked(), lineages: false };
    if (target === undefined) return { kind: 'analysis', analysis, shared };
    const lineages = lineagesOf(tree, target, looked === undefined);
    return { kind: 'analysis', analysis, lineages, shared: { ...shared, lineages: looked?.() === false } };
  } catch (error) {
    if (error instanceof IntricateError) return { kind: 'intricate' };
    if (hasSqlDetails(error))
      return { kind: 'analysis', analysis: withSyntaxError(text, error), lineages: [], shared: alone };
    return { kind: 'broken', error: String(error) };
  }
}

/** Undefined: the grammar does not take it. */
function parsed(text: string): ParseResult | undefined {
  try {
    return parseSync(text);
  } catch (error) {
    if (hasSqlDetails(error)) return undefined;
    throw error;
  }
}

function withSyntaxError(text: string, { message, sqlDetails }: SqlError): Analysis {
  const position = (sqlDetails?.cursorPosition ?? -1) + 1;
  return { text, statements: [], syntaxError: { message, position } };
}

/** A statement each, as `analyseTree` has them. A text with a normal form has no tokens. */
function lineagesOf(tree: ParseResult, target: number, tokens: boolean): StatementLineage[] {
  const catalog = targets.get(target);
  if (catalog === undefined) throw new Error('a target that nobody has told of');
  return (tree.stmts ?? []).flatMap(({ stmt }) =>
    stmt === undefined ? [] : [lineageOf(stmt, catalog, { tokens })],
  );
}
