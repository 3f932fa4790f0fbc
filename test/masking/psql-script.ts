/** A statement of a script for psql, and the data that follows a COPY FROM STDIN. */
export interface ScriptStatement {
  readonly sql: string;
  readonly stdin: string;
}

/**
 * The statements of a script, as psql would send them: it knows quotes, comments, bodies and variables. Of psql's own
 * commands it understands `\set`, takes `\gset` and the like for the end of a statement, and passes over the others.
 */
export function* statementsOf(script: string, variables: Map<string, string>): Generator<ScriptStatement> {
  const reader = new ScriptReader(script, variables);
  for (let statement = reader.next(); statement !== undefined; statement = reader.next()) yield statement;
}

class ScriptReader {
  readonly #text: string;
  readonly #variables: Map<string, string>;
  #at = 0;

  constructor(text: string, variables: Map<string, string>) {
    this.#text = text;
    this.#variables = variables;
  }

  /** The next statement that is not empty. */
  next(): ScriptStatement | undefined {
    let sql = '';
    let depth = 0;
    // BEGIN ATOMIC … END, and CASE … END within.
    let bodies = 0;
    while (this.#at < this.#text.length) {
      const { kind, text } = this.#token();
      if (kind === 'command') {
        if (this.#obey(text) && sql.trim() !== '') return { sql: sql.trim(), stdin: '' };
      } else if (kind === 'variable') sql += this.#value(text);
      else if (text === ';' && depth === 0 && bodies === 0) {
        if (sql.trim() !== '') return { sql: sql.trim(), stdin: this.#stdin(sql) };
      } else {
        if (text === '(') depth += 1;
        if (text === ')') depth = Math.max(0, depth - 1);
        if (/^begin\s+atomic$/i.test(text) || (bodies > 0 && /^case$/i.test(text))) bodies += 1;
        if (bodies > 0 && /^end$/i.test(text)) bodies -= 1;
        sql += kind === 'comment' ? ' ' : text;
      }
    }
    return sql.trim() === '' ? undefined : { sql: sql.trim(), stdin: '' };
  }

  #token(): Token {
    for (const [kind, form] of tokens) {
      form.lastIndex = this.#at;
      const [text] = form.exec(this.#text) ?? [];
      if (text === undefined || text === '') continue;
      this.#at += text.length;
      return { kind, text };
    }
    return { kind: 'plain', text: this.#text[this.#at++] ?? '' };
  }

  /** Whether the command ends the statement before it. */
  #obey(command: string): boolean {
    const [, name, value = ''] = /^\\set\s+(\w+)\s*(.*)$/.exec(command) ?? [];
    if (name !== undefined) {
      const parts = value.matchAll(/:'?(\w+)'?|'([^']*)'|\S/g);
      this.#variables.set(
        name,
        [...parts].map(([all, of, quoted]) => this.#known(of) ?? quoted ?? all).join(''),
      );
    }
    return /^\\(g|gset|gx|gexec)\b/.test(command);
  }

  #known(variable: string | undefined): string | undefined {
    return variable === undefined ? undefined : this.#variables.get(variable);
  }

  /** `:name`, `:'name'` or `:"name"`; what is not set stays as it is. */
  #value(reference: string): string {
    const [, quote = '', name] = /^:(['"]?)(\w+)/.exec(reference) ?? [];
    const value = this.#known(name);
    return value === undefined ? reference : `${quote}${value}${quote}`;
  }

  /** The lines up to `\.`. */
  #stdin(sql: string): string {
    if (!/^\s*copy\b[^]*\bfrom\s+stdin\b/i.test(sql)) return '';
    const begin = this.#text.indexOf('\n', this.#at) + 1;
    const end = this.#text.indexOf('\n\\.', begin - 1);
    if (begin === 0 || end < 0) return '';
    this.#at = end + '\n\\.'.length;
    return this.#text.slice(begin, end + 1);
  }
}

interface Token {
  readonly kind: 'comment' | 'command' | 'variable' | 'quoted' | 'word' | 'plain';
  readonly text: string;
}

/** Tried in this order; all sticky. */
const tokens: readonly (readonly [Token['kind'], RegExp])[] = [
  ['comment', /--.*|\/\*(?:[^*/]|\*(?!\/)|\/(?!\*)|\/\*(?:[^*]|\*(?!\/))*\*\/)*\*\//y],
  ['command', /\\.*/y],
  ['quoted', /[eE]'(?:[^'\\]|''|\\[^])*'|'(?:[^']|'')*'|"[^"]*"|(\$\w*\$)[^]*?\1/y],
  ['variable', /:(?:'\w+'|"\w+"|(?!:)\w+)/y],
  ['plain', /::/y],
  ['word', /begin\s+atomic\b|[\p{L}_][\p{L}\p{N}_$]*/iuy],
];
