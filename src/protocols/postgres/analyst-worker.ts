import { parentPort } from 'node:worker_threads';
import { hasSqlDetails, loadModule, parseSync, type SqlError } from 'libpg-query';
import { type Analysis, analyseTree } from '../../wire/sql/analyse.ts';
import { IntricateError } from '../../wire/sql/intricate.ts';

/** What the thread says of a text; `broken`: the parser failed in a way of its own and must not be asked again. */
export type Reply =
  | { readonly kind: 'analysis'; readonly analysis: Analysis }
  | { readonly kind: 'too_many'; readonly statements: number }
  | { readonly kind: 'intricate' }
  | { readonly kind: 'broken'; readonly error: string };

/** A text of more statements than this is a file of data, not a command that somebody could judge. */
export const statementsMax = 1_000;

const port = parentPort;
if (port !== null) {
  await loadModule();
  port.on('message', (text: string) => port.postMessage(reply(text)));
}

function reply(text: string): Reply {
  try {
    const tree = parseSync(text);
    const statements = tree.stmts?.length ?? 0;
    if (statements > statementsMax) return { kind: 'too_many', statements };
    return { kind: 'analysis', analysis: analyseTree(tree, text) };
  } catch (error) {
    if (error instanceof IntricateError) return { kind: 'intricate' };
    if (hasSqlDetails(error)) return { kind: 'analysis', analysis: withSyntaxError(text, error) };
    return { kind: 'broken', error: String(error) };
  }
}

function withSyntaxError(text: string, { message, sqlDetails }: SqlError): Analysis {
  const position = (sqlDetails?.cursorPosition ?? -1) + 1;
  return { text, statements: [], syntaxError: { message, position } };
}
