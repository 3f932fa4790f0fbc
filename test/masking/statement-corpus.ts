import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'libpg-query';

/** Statements that run one after the other. */
export interface Block {
  /** `reading.sql:12` */
  readonly place: string;
  /** In a database of its own and without a transaction around it; else in a transaction that is rolled back. */
  readonly alone: boolean;
  /** The role that runs it; a superuser, unless told. */
  readonly as: string | undefined;
  readonly statements: readonly string[];
  /** What a COPY FROM STDIN in it gets. */
  readonly stdin: string;
}

export interface StatementCorpus {
  /** Makes the schema that all blocks are about. */
  readonly seed: string;
  readonly blocks: readonly Block[];
}

const corpusDir = join(import.meta.dirname, '../corpus/statements');
const seedFile = 'seed.sql';

/** test/corpus/statements, as its README describes it; `scratch` is the folder that `@scratch@` stands for. */
export function readStatementCorpus(scratch: string): StatementCorpus {
  const read = (file: string): string => readFileSync(join(corpusDir, file), 'utf8');
  const files = readdirSync(corpusDir).filter((file) => file.endsWith('.sql') && file !== seedFile);
  return {
    seed: read(seedFile),
    blocks: files.sort().flatMap((file) => blocksOf(file, read(file), scratch)),
  };
}

function blocksOf(file: string, text: string, scratch: string): Block[] {
  // Blank lines stand between blocks.
  return [...text.matchAll(/(?:.+\n)+/g)].flatMap(({ 0: block, index }) => {
    const place = `${file}:${text.slice(0, index).split('\n').length}`;
    const statements = splitStatements(block.replaceAll('@scratch@', scratch), place);
    const alone = /^-- alone$/m.test(block);
    const as = /^-- as: (\w+)$/m.exec(block)?.[1];
    return statements.length === 0 ? [] : [{ place, alone, as, statements, stdin: stdinOf(block) }];
  });
}

/** The statements of a text, each as it stands there. */
function splitStatements(text: string, place: string): string[] {
  const bytes = Buffer.from(text);
  try {
    return (parseSync(text).stmts ?? []).map(({ stmt_location: at = 0, stmt_len: length }) =>
      bytes.toString('utf8', at, length === undefined ? bytes.length : at + length).trim(),
    );
  } catch (error) {
    throw new Error(`${place}: ${String(error)}`, { cause: error });
  }
}

/** `-- stdin: 1\tone`, a line of data each; `\t` stands for a tab. */
function stdinOf(block: string): string {
  const lines = [...block.matchAll(/^-- stdin: (.*)$/gm)];
  return lines.map(([, data = '']) => `${data.replaceAll('\\t', '\t')}\n`).join('');
}
