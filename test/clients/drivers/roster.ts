import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

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

export const drivers: readonly Driver[] = [
  inPython('psycopg3', 'psycopg 3', 'run_psycopg3.py'),
  inPython('psycopg3-async', 'psycopg 3, async', 'run_psycopg3_async.py'),
  inPython('psycopg2', 'psycopg 2', 'run_psycopg2.py'),
  inPython('asyncpg', 'asyncpg', 'run_asyncpg.py'),
  inNode('pg', 'node-postgres', 'run_pg.mjs'),
  { ...inNode('pg-native', 'pg-native', 'run_pg.mjs'), env: { NATIVE: '1' } },
  inNode('postgres.js', 'postgres.js', 'run_postgres_js.mjs'),
  { ...inPython('sqlalchemy', 'SQLAlchemy', 'run_sqlalchemy.py'), layer: true },
  { ...inPython('django', 'Django ORM', 'run_django.py'), layer: true },
  { ...inPython('pandas', 'pandas', 'run_pandas.py'), layer: true },
  { ...inNode('drizzle', 'Drizzle', 'run_drizzle.mjs'), layer: true },
];

export const isInstalled = ({ needs }: Driver): boolean => existsSync(needs);
