import { z } from 'zod';
import { port, text } from './words.ts';

export const listen = z
  .strictObject({
    host: text
      .default('127.0.0.1')
      .describe('Address to listen on. TLS is required of clients that are not on this machine.'),
    postgres: port.exactOptional().describe('Port for PostgreSQL clients; absent: off, 0: any free one.'),
    http: port.exactOptional().describe('Port for the API; absent: off, 0: any free one.'),
    targets: port.exactOptional().describe('Port for clients of HTTP targets; absent: off, 0: any free one.'),
    proxy: port
      .exactOptional()
      .describe('Port of the forward proxy for HTTP targets; absent: off, 0: any free one.'),
    url: z
      .url({ protocol: /^https$/, error: 'must be an https URL' })
      .refine(
        (url) => URL.parse(url)?.origin === url.replace(/\/$/, ''),
        'must be scheme, host and port alone',
      )
      .exactOptional()
      .describe('Address at which people reach the http port. Absent: https, host and port as above.'),
    tls: z
      .strictObject({
        cert: text.describe('PEM file, leaf first.'),
        key: text.describe('PEM file.'),
      })
      .exactOptional()
      .describe('Certificate shown to clients. Absent: one of a CA of its own, made in the data folder.'),
  })
  .describe('Where clients connect.');
