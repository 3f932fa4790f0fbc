import { existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** Where `install.sh` puts what is not npm's. */
export const installed = resolve(
  process.env['SALLYPORT_TEST_DRIVERS'] ?? join(import.meta.dirname, '../../../.cache/drivers'),
);
const here = (path: string): string => join(import.meta.dirname, path);

export interface Driver {
  /** Its key: the identity's name, and that of its rows. */
  readonly key: string;
  /** In the table, before the version that the runner tells. */
  readonly title: string;
  readonly command: readonly [string, ...string[]];
  /** Whether it stands upon a driver. */
  readonly layer?: true;
  /** What must be there to run it. */
  readonly needs: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Of the virtual environment that has the drivers. */
export const python = join(installed, 'venv/bin/python');

/** Of the one that has CrewAI, LangGraph and MCP's library. */
export const agentsPython = join(installed, 'agents/bin/python');

const inPython = (key: string, title: string, file: string, ...args: string[]): Driver => ({
  key,
  title,
  command: [python, '-B', here(`python/${file}`), ...args],
  needs: python,
});

/** The Node that native drivers were built for. */
const node = join(installed, 'node/node');

const inNode = (key: string, title: string, file: string): Driver => ({
  key,
  title,
  command: [node, here(`node/${file}`)],
  needs: node,
});

const classes = join(installed, 'java/classes');
const inJava = (key: string, title: string, main: string): Driver => ({
  key,
  title,
  command: ['java', '-cp', `${classes}:${join(installed, 'java/jars/*')}`, main],
  needs: classes,
});

/** A program of the machine's, with a runner that talks to it. */
const ofDebian = (key: string, file: string): Driver => ({
  key,
  title: key,
  command: [process.execPath, here(`node/${file}`)],
  needs: onPath(key) ?? `/usr/bin/${key}`,
});

function onPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** A program that is all there is to a driver. */
const built = (key: string, title: string): Driver => {
  const program = join(installed, key);
  return { key, title, command: [program], needs: program };
};

export const drivers: readonly Driver[] = [
  ofDebian('psql', 'run_psql.mjs'),
  ofDebian('pgbench', 'run_pgbench.mjs'),
  inPython('psycopg3', 'psycopg 3', 'run_psycopg3.py'),
  inPython('psycopg3-async', 'psycopg 3, async', 'run_psycopg3_async.py'),
  inPython('psycopg2', 'psycopg 2', 'run_psycopg2.py'),
  inPython('asyncpg', 'asyncpg', 'run_asyncpg.py'),
  inNode('pg', 'node-postgres', 'run_pg.mjs'),
  { ...inNode('pg-native', 'pg-native', 'run_pg.mjs'), env: { NATIVE: '1' } },
  inNode('postgres.js', 'postgres.js', 'run_postgres_js.mjs'),
  inJava('jdbc', 'JDBC', 'RunJdbc'),
  built('pgx', 'pgx'),
  built('tokio-postgres', 'tokio-postgres'),
  { ...inPython('sqlalchemy', 'SQLAlchemy', 'run_sqlalchemy.py'), layer: true },
  { ...inPython('django', 'Django ORM', 'run_django.py'), layer: true },
  { ...inPython('pandas', 'pandas', 'run_pandas.py'), layer: true },
  { ...inNode('drizzle', 'Drizzle', 'run_drizzle.mjs'), layer: true },
  { ...inJava('jooq', 'jOOQ', 'RunJooq'), layer: true },
];

export const isInstalled = ({ needs }: Driver): boolean => existsSync(needs);
