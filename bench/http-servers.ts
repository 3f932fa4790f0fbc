// A program of one role: `node bench/http-servers.ts api PORT`, `node bench/http-servers.ts proxy PORT API_PORT`.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { Pool } from 'undici';

/** As an internal API would answer: one record with a sensitive field among others. */
const customer = JSON.stringify({
  id: 7,
  name: 'Ann Example',
  email: 'ann@acme.test',
  plan: 'gold',
  since: '2021-05-01T00:00:00Z',
  address: { street: '1 Long Street', city: 'Springfield', country: 'US' },
  tags: ['early', 'beta'],
  balance: 1234.5,
});

/** So many make 100 MB. */
const hundredMegabytes = 475_000;

function* all(customers: number): Generator<string> {
  const batch = 1_000;
  for (let at = 0; at < customers; at += batch) {
    yield `${at === 0 ? '[' : ','}${Array.from({ length: batch }, () => customer).join(',')}`;
  }
  yield ']';
}

/** Answers at once, so that what stands before it is what is measured. */
function api(): Server {
  return createServer((request, response) => {
    request.resume();
    if (request.url === '/v1/all' || request.url === '/v1/ten-times') {
      const customers = request.url === '/v1/all' ? hundredMegabytes : 10 * hundredMegabytes;
      response.writeHead(200, { 'content-type': 'application/json' });
      Readable.from(all(customers), { objectMode: false }).pipe(response);
      return;
    }
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(customer),
    });
    response.end(customer);
  });
}

/** The least that a reverse proxy on Node does: it looks at nothing. */
function proxy(port: number): Server {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 256 });
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { authorization: _token, host: _host, connection: _connection, ...headers } = request.headers;
    const answer = await pool.request({ path: request.url ?? '/', method: 'GET', headers });
    response.writeHead(answer.statusCode, answer.headers);
    answer.body.pipe(response);
  };
  return createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
}

const [role, port, of] = process.argv.slice(2);
const server = role === 'api' ? api() : proxy(Number(of));
server.keepAliveTimeout = 60_000;
server.listen(Number(port), '127.0.0.1');
