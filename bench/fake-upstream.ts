// `node bench/fake-upstream.ts PORT`: a server that lets everybody in, answers every query with no rows, and costs little.
import { createServer } from 'node:net';

import { encodeAuthenticationOk, encodeBackendKeyData } from '../src/wire/postgres/backend-login.ts';
import {
  encodeCommandComplete,
  encodeParameterStatus,
  encodeReadyForQuery,
} from '../src/wire/postgres/backend.ts';
import { FrameSplitter, StartupSplitter } from '../src/wire/postgres/frames.ts';
import { FrontendType } from '../src/wire/postgres/frontend.ts';
import { frontendBytesMax } from '../src/wire/postgres/limits.ts';

const settings = {
  server_version: '18.4',
  server_encoding: 'UTF8',
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
};
const welcome = Buffer.concat([
  encodeAuthenticationOk(),
  ...Object.entries(settings).map(([name, value]) => encodeParameterStatus({ name, value })),
  encodeBackendKeyData({ processId: 1, secretKey: Buffer.alloc(4, 1) }),
  encodeReadyForQuery('I'),
]);
const nothing = Buffer.concat([encodeCommandComplete('SELECT 0'), encodeReadyForQuery('I')]);
const messageBytesMax = frontendBytesMax(1024 * 1024);

const server = createServer({ noDelay: true }, (socket) => {
  const startup = new StartupSplitter();
  const splitter = new FrameSplitter({ side: 'client', bytesMax: messageBytesMax });
  const frame = (type: number): void => {
    if (type === FrontendType.Query) socket.write(nothing);
    if (type === FrontendType.Terminate) socket.end();
  };
  let begun = false;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    if (begun) return splitter.push(chunk, { frame });
    begun = startup.push(chunk) !== undefined;
    if (begun) socket.write(welcome);
  });
});
server.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 });
