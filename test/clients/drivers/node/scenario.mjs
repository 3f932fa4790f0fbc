import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

// What the runners in JavaScript share. Plain JavaScript, since the Node that native drivers are built for may be older
// than the project's.

export const env = process.env;
export const driver = env.DRIVER;

const installed = createRequire(join(env.SALLYPORT_TEST_DRIVERS, 'node/package.json'));

/** A package that install.sh has installed. */
export const load = async (name) => import(pathToFileURL(installed.resolve(name)).href);
/** Its version. */
export const version = (name) =>
  JSON.parse(
    readFileSync(join(env.SALLYPORT_TEST_DRIVERS, 'node/node_modules', name, 'package.json'), 'utf8'),
  ).version;

export const connection = {
  host: env.PGHOST,
  port: Number(env.PGPORT),
  database: env.PGDATABASE,
  user: env.PGUSER,
  password: env.PGPASSWORD,
  ssl: { ca: readFileSync(env.PGSSLROOTCERT, 'utf8') },
};

export const sampleColumns = 'b i2 i4 i8 n f4 f8 t by d ts tz tm iv u j ints texts'.split(' ');
const casts = (
  'bool smallint int bigint numeric real float8 text bytea date timestamp timestamptz time interval uuid jsonb ' +
  'int[] text[]'
).split(' ');
export const readSamples = `SELECT id, ${sampleColumns.join(', ')} FROM samples ORDER BY id`;
export const writeEcho = `INSERT INTO echoes (driver, format, id, ${sampleColumns.join(', ')})
  VALUES (${['text', 'text', 'int', ...casts].map((cast, index) => `CAST($${index + 1} AS ${cast})`).join(', ')})`;
export const refused = 'DROP TABLE customers';
export const masked = 'SELECT email, card FROM customers ORDER BY id';
export const notes = Array.from({ length: 1_000 }, (_, index) => [driver, index + 1, `grüße\t${index + 1}`]);
export const numbers = (count) => Array.from({ length: count }, (_, index) => index);
export const sum = (values) => values.reduce((total, value) => total + value, 0);

/** A line of COPY's text format. */
export const copyLine = (values) =>
  `${values.map((value) => String(value).replaceAll('\t', String.raw`\t`)).join('\t')}\n`;
/** What `copyLine` made, as the rows it was made of. */
export const copyRows = (text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t').map((value) => value.replaceAll(String.raw`\t`, '\t')));

/** Each fails in its own way: unique violation, division by zero, no such column, no SQL. */
export const failing = [
  "INSERT INTO marks VALUES ('nobody', 1), ('nobody', 1)",
  'SELECT 1 / 0',
  'SELECT nothing FROM marks',
  'SELECT FROM WHERE',
];

/** What went well, and what a user of the driver should know of it. */
export class Remarked {
  saw;
  remark;

  constructor(saw, remark) {
    this.saw = saw;
    this.remark = remark;
  }
}

/** Plays each part, or, where it is a string, says that as the reason why not. */
export async function run(name, parts) {
  say({ version: name });
  for (const [part, play] of Object.entries(parts)) say({ part, ...(await outcome(play)) });
  process.exit(0);
}

async function outcome(play) {
  if (typeof play === 'string') return { cannot: play };
  try {
    const saw = await play();
    return saw instanceof Remarked ? saw : { saw };
  } catch (error) {
    return { failed: String(error?.stack ?? error) };
  }
}

const say = (report) => process.stdout.write(`${JSON.stringify(report)}\n`);

/** Does something again and again until `done` is: a cancel that comes too early hits nothing. */
export async function again(act, done) {
  const timer = setInterval(act, 100);
  try {
    return await done;
  } finally {
    clearInterval(timer);
  }
}
