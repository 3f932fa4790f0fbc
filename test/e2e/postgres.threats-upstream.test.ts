import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Socket } from 'node:net';

import {
  encodeAuthenticationOk,
  encodeAuthenticationSASL,
  encodeAuthenticationSASLContinue,
  encodeBackendKeyData,
} from '../../src/wire/postgres/backend-login.ts';
import {
  BackendType,
  encodeCommandComplete,
  encodeDataRow,
  encodeErrorResponse,
  encodeParameterStatus,
  encodeReadyForQuery,
  encodeRowDescription,
} from '../../src/wire/postgres/backend.ts';
import { startTestGateway, shopConfig } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startImpostor, startMeddler } from '../fixtures/hostile-upstream.ts';
import type { HostileUpstream } from '../fixtures/hostile-upstream.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { WireClient, message, send } from '../fixtures/wire-client.ts';

const field = (name: string, tableOid = 0, columnAttr = 0) => ({
  name,
  tableOid,
  columnAttr,
  typeOid: 25,
  typeSize: -1,
  typeModifier: -1,
  format: 0 as const,
});
const described = encodeRowDescription([field('a')]);
const row = encodeDataRow([Buffer.from('secret')]);
const done = Buffer.concat([encodeCommandComplete('SELECT 1'), encodeReadyForQuery('I')]);
const wild = (hex: string): Buffer => message(BackendType.DataRow, Buffer.from(hex, 'hex'));

describe('THREATS 4: a hostile upstream in mid-session', () => {
  /** What is answered to `SELECT 'name'`. */
  const answers: Readonly<Record<string, Buffer>> = {
    'a negative field length': Buffer.concat([described, wild('0001fffffffb'), done]),
    'a field that reaches past its message': Buffer.concat([described, wild('0001000000ff41'), done]),
    'more fields than were described': Buffer.concat([
      described,
      encodeDataRow([Buffer.from('secret'), Buffer.from('secret')]),
      done,
    ]),
    'fewer fields than were described': Buffer.concat([described, encodeDataRow([]), done]),
    'rows that nobody described': Buffer.concat([row, done]),
    'rows after the end': Buffer.concat([described, row, encodeCommandComplete('SELECT 1'), row, done]),
    'an answer to nothing': Buffer.concat([described, row, done, encodeCommandComplete('SELECT 1')]),
    'two ReadyForQuerys': Buffer.concat([described, row, done, encodeReadyForQuery('I')]),
    'a ReadyForQuery of no known status': message(BackendType.ReadyForQuery, Buffer.from('X')),
    'answers of the extended protocol': message(BackendType.ParseComplete),
    'a ParameterDescription': message(BackendType.ParameterDescription, Buffer.from('0000', 'hex')),
    'a cancel key': encodeBackendKeyData({ processId: 1, secretKey: Buffer.alloc(4) }),
    'a request for a password': message(BackendType.Authentication, Buffer.from('00000003', 'hex')),
    'a COPY that nobody asked for': message(BackendType.CopyInResponse, Buffer.from('000000', 'hex')),
    'data of a COPY that never began': message(BackendType.CopyData, Buffer.from('secret')),
    replication: message(BackendType.CopyBothResponse, Buffer.from('000000', 'hex')),
    'a protocol negotiation': message(BackendType.NegotiateProtocolVersion, Buffer.alloc(8)),
    'a message of no known type': message(0x21),
    'a length of 3': message(BackendType.DataRow, Buffer.alloc(0), 3),
    'a negative length': message(BackendType.DataRow, Buffer.alloc(0), -1),
    'a RowDescription of a gigabyte': message(BackendType.RowDescription, Buffer.alloc(0), 2 ** 30),
    'a RowDescription that is cut': message(BackendType.RowDescription, Buffer.from('0001', 'hex')),
    'an error without an end': message(BackendType.ErrorResponse, Buffer.from('SERROR\0')),
  };

  let server: PostgresServer;
  let meddler: HostileUpstream;
  let gateway: TestGateway;

  before(async () => {
    server = await startPostgres();
    const answer = (text: string): Buffer | undefined => answers[/^SELECT '(.*)'$/.exec(text)?.[1] ?? ''];
    meddler = await startMeddler(server.port, answer);
    const more = 'detect: [{ find: [email], mask: redact, targets: ["*"] }]';
    gateway = await startTestGateway(shopConfig({ port: meddler.port, more }));
  });
  after(async () => {
    await gateway.stop();
    await meddler.close();
    await server.stop();
  });

  async function login(): Promise<WireClient> {
    const password = await gateway.token();
    const client = await WireClient.login({ port: gateway.port, password, database: 'orders' });
    client.take();
    return client;
  }

  for (const what of Object.keys(answers)) {
    test(`${what} ends the session, and shows nothing`, async () => {
      const client = await login();
      client.write(send.query(`SELECT '${what}'`));
      const told = await client.rest();
      assert.match(told.at(-1) ?? '', /^ErrorResponse 08P01 Sallyport: /);
      if (!/end$|nothing$|ReadyForQuerys$/.test(what)) assert.doesNotMatch(told.join(), /secret/);
    });
  }

  test('an ErrorResponse without SQLSTATE is an error all the same', async () => {
    Object.assign(answers, {
      'no SQLSTATE': Buffer.concat([encodeErrorResponse({ S: 'ERROR', M: 'odd' }), encodeReadyForQuery('I')]),
    });
    const client = await login();
    assert.deepEqual(await client.query("SELECT 'no SQLSTATE'"), [
      'ErrorResponse no SQLSTATE odd',
      'ReadyForQuery I',
    ]);
    assert.deepEqual((await client.query("SELECT 'well'"))[1], 'DataRow well');
    await client.close();
    const result = (await gateway.events()).findLast(
      (event) => event.type === 'result' && event.error !== undefined,
    );
    assert.equal(result?.type === 'result' && result.error, 'XX000');
  });

  test('nobody was asked for a password by it', () => {
    assert.doesNotMatch(meddler.heard(), /fixture-password/);
  });
});

describe('THREATS 4: an upstream that is not who it should be', () => {
  const ok = encodeAuthenticationOk();
  const key = encodeBackendKeyData({ processId: 1, secretKey: Buffer.alloc(4) });
  const sasl = encodeAuthenticationSASL(['SCRAM-SHA-256']);
  const ready = encodeReadyForQuery('I');
  /** Answers the second packet, too: SCRAM's first message. */
  const then = (first: Buffer, second: (clientFirst: string) => Buffer) => (socket: Socket) => {
    socket.once('data', (chunk: Buffer) => socket.write(second(chunk.toString('latin1'))));
    socket.write(first);
  };
  const at =
    (...bytes: Buffer[]) =>
    (socket: Socket) =>
      void socket.write(Buffer.concat(bytes));
  const challenge = (text: (nonce: string) => string) =>
    then(sasl, (first) =>
      encodeAuthenticationSASLContinue(Buffer.from(text(/r=([^,]+)$/.exec(first)?.[1] ?? ''))),
    );
  const impostors: readonly [what: string, login: (socket: Socket) => void][] = [
    ['wants the password in clear', at(message(BackendType.Authentication, Buffer.from('00000003', 'hex')))],
    ['wants an MD5 of it', at(message(BackendType.Authentication, Buffer.from('0000000501020304', 'hex')))],
    ['wants Kerberos', at(message(BackendType.Authentication, Buffer.from('00000007', 'hex')))],
    ['wants no proof at all', at(ok, key, ready)],
    ['offers only what is not spoken here', at(encodeAuthenticationSASL(['PLAIN']))],
    ['skips its part of SCRAM', then(sasl, () => Buffer.concat([ok, key, ready]))],
    ['gives a nonce of its own', challenge(() => 'r=other,s=AAAA,i=4096')],
    ['wants a billion rounds of hashing', challenge((nonce) => `r=${nonce}x,s=AAAA,i=1000000000`)],
    [
      'signs with the wrong password',
      (socket) => {
        socket.once('data', (chunk: Buffer) => {
          const nonce = /r=([^,]+)$/.exec(chunk.toString('latin1'))?.[1] ?? '';
          socket.once('data', () =>
            socket.write(
              Buffer.concat([
                message(
                  BackendType.Authentication,
                  Buffer.concat([Buffer.from('0000000c', 'hex'), Buffer.from('v=AAAA')]),
                ),
                ok,
                key,
                ready,
              ]),
            ),
          );
          socket.write(encodeAuthenticationSASLContinue(Buffer.from(`r=${nonce}x,s=AAAA,i=4096`)));
        });
        socket.write(sasl);
      },
    ],
    ['is ready before any proof', at(ready)],
    ['gives cancel keys without end', at(key, key, key)],
    [
      'reports parameters without end',
      at(...Array.from({ length: 2_000 }, () => encodeParameterStatus({ name: 'a', value: 'b' }))),
    ],
    [
      'reports many parameters',
      at(...Array.from({ length: 101 }, (_, n) => encodeParameterStatus({ name: `a${n}`, value: 'b' }))),
    ],
    ['sends rows', at(row)],
    ['sends a message of 2 GB', at(message(BackendType.ParameterStatus, Buffer.alloc(0), 2 ** 31 - 1))],
    ['hangs up', (socket) => void socket.destroy()],
    ['speaks HTTP', at(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))],
    [
      'is closed for today',
      at(encodeErrorResponse({ S: 'FATAL', C: '57P03', M: 'fixture-password is wrong' })),
    ],
  ];
  for (const [what, login] of impostors) {
    test(`one that ${what} gets no password, and the client a plain answer`, async () => {
      const impostor = await startImpostor(login);
      const gateway = await startTestGateway(shopConfig({ port: impostor.port }));
      const password = await gateway.token();
      const client = await WireClient.login({ port: gateway.port, password, database: 'orders' });
      const told = [...client.take(), ...(await client.rest())];
      assert.deepEqual(told, [
        'AuthenticationCleartextPassword',
        "ErrorResponse 08006 Sallyport: the target's server does not let the gateway in",
      ]);
      assert.doesNotMatch(impostor.heard(), /fixture-password/);
      assert.doesNotMatch(JSON.stringify(client.fields.map((fields) => [...fields])), /fixture-password/);
      await gateway.stop();
      await impostor.close();
    });
  }
});
