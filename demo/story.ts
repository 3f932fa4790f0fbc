import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import type { Client } from 'pg';

import type { Screen } from './screen.ts';
import { secrets } from './shop.ts';
import type { Stage } from './stage.ts';

const goneWithinMs = 60_000;

/** An agent and a person meet at the gateway. Throws where anything is not as the story says. */
export async function play(stage: Stage, screen: Screen): Promise<void> {
  const agentToken = await logIn(stage, screen);
  const agent = stage.client(agentToken);
  await agent.connect();
  try {
    const role = await roleOfSession(stage, agent);
    await readMasked(agent, screen);
    await refuseDrop(stage, agent, screen);
    await refuseGuessing(agent, screen);
    await writeWithNod(stage, agent, screen);
    await agent.end();
    await seeRoleGone(stage, screen, role);
  } finally {
    await agent.end();
  }
  await replay(stage, screen);
}

async function logIn(stage: Stage, screen: Screen): Promise<string> {
  screen.step('An agent gets a token, and a person who may approve');
  const agent = ['--subject', 'agent-7', '--kind', 'agent', '--groups', 'crews', '--ttl', '1h'];
  const dana = ['--subject', 'dana', '--kind', 'human', '--groups', 'dba,security', '--ttl', '1h'];
  screen.command('$', `sallyport token issue ${agent.join(' ')}`);
  const token = await stage.issueToken('agent', agent);
  screen.output(`${token.slice(0, 40)}…`);
  screen.command('$', `sallyport token issue ${dana.join(' ')}`);
  screen.output(`${(await stage.issueToken('dana', dana)).slice(0, 40)}…`);
  screen.remark('Signed by the gateway’s own issuer here; JWTs of your identity provider work the same.');
  return token;
}

/** The account that the gateway made for this session alone. */
async function roleOfSession(stage: Stage, agent: Client): Promise<string> {
  const { rows } = await agent.query<{ current_user: string }>('SELECT current_user');
  const role = rows[0]?.current_user ?? '';
  expect(role.startsWith('sp_'), `the session runs as a minted role, not as "${role}"`);
  expect((await rolesLeft(stage)).includes(role), 'the minted role is on the server');
  return role;
}

async function readMasked(agent: Client, screen: Screen): Promise<void> {
  screen.step('It reads customers, with an unmodified driver, over TLS');
  const customers = await ask(
    agent,
    screen,
    'SELECT id, name, email, phone, card FROM customers ORDER BY id',
  );
  expect(customers.length === 3, 'three customers came back');
  for (const [, , email, phone, card] of customers) {
    expect(/^.\*\*\*@\*\*\*\.example$/.test(String(email)), `the e-mail is masked: ${email}`);
    expect(String(phone).startsWith('tok_'), `the phone is a token: ${phone}`);
    expect(/^\*{12}\d{4}$/.test(String(card)), `of the card four digits are left: ${card}`);
  }
  screen.remark('E-mails, phones and cards are masked on the way, each by its own mask.');
  const open = await ask(
    agent,
    screen,
    "SELECT id, total, note FROM orders WHERE status = 'open' ORDER BY id",
  );
  expect(String(open[0]?.[2]).includes('[redacted]'), 'the detector found the e-mail in a note');
  screen.remark('An e-mail in free text is found as well.');
  const counts = await ask(
    agent,
    screen,
    'SELECT status, count(*) FROM orders GROUP BY status ORDER BY status',
  );
  expect(
    JSON.stringify(counts) === '[["open","3"],["shipped","1"]]',
    'three orders are open, one is shipped',
  );
}

async function refuseDrop(stage: Stage, agent: Client, screen: Screen): Promise<void> {
  screen.step('It tries to drop a table');
  const refusal = await refused(agent, screen, 'DROP TABLE customers');
  expect(refusal.message.includes('migrations'), 'the refusal gives the rule’s reason');
  const { rows } = await stage.owner.query('SELECT count(*)::int AS n FROM customers');
  expect(JSON.stringify(rows) === '[{"n":3}]', 'the table is untouched');
  screen.remark('Refused by rule and with its reason. The server never saw it.');
}

async function refuseGuessing(agent: Client, screen: Screen): Promise<void> {
  screen.step('It asks about a masked value instead, one letter at a time');
  await refused(agent, screen, "SELECT count(*) FROM customers WHERE email LIKE 'a%'");
  screen.remark('What would tell a masked value bit by bit is refused.');
}

async function writeWithNod(stage: Stage, agent: Client, screen: Screen): Promise<void> {
  screen.step('It writes: held until a person agrees');
  const update = "UPDATE orders SET status = 'shipped' WHERE id = 1003";
  screen.command('orders=>', update);
  const noticed = once(agent, 'notice');
  const running = agent.query(update);
  running.catch(() => undefined); // waited for below, unless something else fails first
  // Should the hold be refused, the story fails here instead of waiting for a notice.
  const [notice] = await Promise.race([noticed, running.then(() => failing('the UPDATE was not held'))]);
  const { message = '', detail = '{}' } = notice as { message?: string; detail?: string };
  screen.notice(`NOTICE: ${message}`);
  const { approval = '' } = JSON.parse(detail) as { approval?: string };
  expect((await statusOf(stage, 1003)) === 'open', 'nothing has been written yet');

  const asDana = ['--token-file', stage.tokenFile('dana')];
  screen.command('dana $', 'sallyport approvals');
  const waiting = await stage.sallyport('approvals', ...asDana);
  screen.output(waiting);
  expect(waiting.includes(approval), 'the hold is listed');
  screen.command('dana $', `sallyport approve ${approval}`);
  screen.output(await stage.sallyport('approve', approval, ...asDana));

  const { rowCount } = await running;
  screen.output(`UPDATE ${rowCount}`);
  expect(rowCount === 1, 'one row was written');
  expect((await statusOf(stage, 1003)) === 'shipped', 'the order is shipped');
  await ask(agent, screen, 'SELECT id, status FROM orders WHERE id = 1003');
  screen.remark('It ran exactly as approved, once; the connection had waited all along.');
}

async function seeRoleGone(stage: Stage, screen: Screen, role: string): Promise<void> {
  screen.step('It disconnects, and its database role is gone');
  const sql = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'sp\\_%'";
  screen.command('owner shop=#', sql);
  const deadline = Date.now() + goneWithinMs;
  while ((await rolesLeft(stage)).length > 0) {
    expect(Date.now() < deadline, `${role} is dropped`);
    await pause(20);
  }
  screen.rows(['count'], [['0']]);
  screen.remark(`${role} lived as long as the session. The agent never saw a password.`);
}

async function replay(stage: Stage, screen: Screen): Promise<void> {
  const asDana = ['--token-file', stage.tokenFile('dana')];
  screen.step('Everything is on record');
  const sessions = await stage.sallyport('sessions', ...asDana, '--json');
  const id = /\bs_[0-9a-f]{20}\b/.exec(sessions)?.[0] ?? failing('the session is not listed');
  screen.command('dana $', `sallyport replay ${id} --speed 0`);
  const played = await stage.sallyport('replay', id, '--speed', '0', ...asDana);
  screen.output(played);
  for (const fact of ['DROP TABLE customers', 'UPDATE orders', 'dana']) {
    expect(played.includes(fact), `the replay tells of ${fact}`);
  }
  expectNoSecret(played, 'the replay');
  screen.command('$', 'sallyport audit verify');
  const verified = await stage.sallyport('audit', 'verify');
  screen.output(verified);
  expect(/intact/i.test(verified), 'the record is intact');
}

async function ask(agent: Client, screen: Screen, sql: string): Promise<(string | null)[][]> {
  screen.command('orders=>', sql);
  const { fields, rows } = await agent.query<unknown[]>({ text: sql, rowMode: 'array' });
  const cells = rows.map((row) => row.map((value) => (value === null ? null : String(value))));
  screen.rows(
    fields.map(({ name }) => name),
    cells,
  );
  expectNoSecret(JSON.stringify(cells), sql);
  return cells;
}

async function refused(agent: Client, screen: Screen, sql: string): Promise<DatabaseError> {
  screen.command('orders=>', sql);
  const error: unknown = await agent.query(sql).then(
    () => failing(`this was not refused: ${sql}`),
    (cause: unknown) => cause,
  );
  if (!(error instanceof DatabaseError)) throw error;
  screen.refusal(`ERROR ${error.code}: ${error.message}`);
  if (error.hint !== undefined) screen.output(`HINT: ${error.hint}`);
  expect(error.code === '42501', `the SQLSTATE is 42501, not ${error.code}`);
  return error;
}

async function statusOf(stage: Stage, order: number): Promise<string | undefined> {
  const { rows } = await stage.owner.query<{ status: string }>('SELECT status FROM orders WHERE id = $1', [
    order,
  ]);
  return rows[0]?.status;
}

async function rolesLeft({ owner }: Stage): Promise<string[]> {
  const { rows } = await owner.query<{ rolname: string }>(
    "SELECT rolname FROM pg_roles WHERE rolname LIKE 'sp\\_%'",
  );
  return rows.map(({ rolname }) => rolname);
}

function expectNoSecret(text: string, where: string): void {
  for (const secret of secrets) expect(!text.includes(secret), `"${secret}" is not in ${where}`);
}

function expect(fact: boolean, told: string): void {
  if (!fact) failing(told);
}

function failing(told: string): never {
  throw new Error(`the story does not hold: ${told}`);
}
