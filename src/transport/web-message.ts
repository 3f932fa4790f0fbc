import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/** A request as it comes by HTTP/1.1 or HTTP/2; its body is read from it. An `http.IncomingMessage` is one. */
export interface WebRequest extends Readable {
  readonly httpVersionMajor: number;
  readonly method?: string | undefined;
  /** The request target; in HTTP/2, `:path`. */
  readonly url?: string | undefined;
  /** Names and values in turn, as they came; in HTTP/2 without pseudo-header fields, `:authority` as `host`. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingHttpHeaders;
  /** As `rawHeaders`, of the fields behind the body; all of them are there when it has ended. */
  readonly rawTrailers: readonly string[];
  /** The connection, which may carry other requests as well. */
  readonly socket: Socket;
}

/** Its answer. An `http.ServerResponse` is one. */
export interface WebResponse extends Writable {
  readonly headersSent: boolean;
  /** `fields`: names and values in turn, or by name. */
  writeHead(status: number, fields: string[] | Record<string, string>): this;
  /** Fields behind the body, before its end; left out where they cannot be sent. */
  addTrailers(fields: Record<string, string>): void;
  /** RFC 9110 §15.2.1 */
  writeContinue(): void;
}
