import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { SallyportError } from '../../core/errors.ts';
import { refusalBody, statusOf } from '../../core/http-status.ts';
import { JsonStreamError } from '../../masking/json-stream.ts';
import type { WebResponse } from '../../transport/web-message.ts';
import type { ProtocolParts } from '../protocol.ts';

/** RFC 9110 §11.6.1, §11.7.1 */
export interface Challenge {
  readonly status: 401 | 407;
  readonly fields: Readonly<Record<string, string>>;
}

/** What a limit has cut off closes the connection, which then looks as if the client had left. */
export function refusalOf(error: unknown, gone: AbortSignal): SallyportError {
  return asRefusal(gone.aborted && !isLimit(error) ? gone.reason : error);
}

/** For the record: what has ended an answer before its time. */
export function cutBy(refusal: SallyportError): { error: string; because?: string } {
  const { code, message } = refusal;
  return isLimit(refusal) ? { error: code, because: message } : { error: code };
}

function isLimit(error: unknown): boolean {
  return error instanceof SallyportError && error.code.startsWith('limit_');
}

export function asRefusal(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error;
  if (error instanceof JsonStreamError) {
    return new SallyportError('upstream_protocol', 'Sallyport: the answer of the target is no JSON', {
      cause: error,
    });
  }
  const undecodable =
    error instanceof Error && 'code' in error && /^(?:Z_|ERR__ERROR_FORMAT|ZSTD)/.test(String(error.code));
  if (undecodable) {
    return new SallyportError('upstream_protocol', 'Sallyport: the answer of the target cannot be read', {
      cause: error,
    });
  }
  const broken =
    error instanceof Error &&
    'code' in error &&
    /^(?:UND_ERR|ECONN|EPIPE|HPE_|ERR_HTTP2_)/.test(String(error.code));
  if (broken) {
    return new SallyportError('upstream_unavailable', 'Sallyport: the target broke off its answer', {
      cause: error,
    });
  }
  return new SallyportError('internal', 'Sallyport: the gateway failed at this; its log says how', {
    cause: error,
  });
}

/** As `refuse`, where the connection is no HTTP any more and nothing has been answered. */
export function refuseOn(
  parts: Pick<ProtocolParts, 'log'>,
  request: IncomingMessage,
  socket: Socket,
  error: unknown,
  challenge: Challenge,
): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.end());
  refuse(parts, response, error, challenge);
}

/** In the gateway's own words, as at its API. */
export function refuse(
  parts: Pick<ProtocolParts, 'log'>,
  response: WebResponse,
  error: unknown,
  challenge: Challenge,
): void {
  refuseWith(parts, response, error, (refusal) => {
    const asks = refusal.code === 'unauthenticated';
    return {
      status: asks ? challenge.status : statusOf[refusal.code],
      fields: {
        'content-type': 'application/json',
        'sallyport-error': refusal.code,
        'cache-control': 'no-store',
        ...(asks ? challenge.fields : {}),
      },
      body: JSON.stringify(refusalBody(refusal)),
    };
  });
}

/** Logs what an operator should know, and answers in whatever words. An answer that has begun can only be cut off. */
export function refuseWith(
  { log }: Pick<ProtocolParts, 'log'>,
  response: WebResponse,
  error: unknown,
  words: (refusal: SallyportError) => {
    readonly status: number;
    readonly fields: Readonly<Record<string, string>>;
    readonly body: string | Buffer;
  },
): void {
  const refusal = asRefusal(error);
  if (refusal.code === 'internal') log.error({ err: refusal.cause }, 'a request failed');
  else if (refusal.cause !== undefined && refusal.code !== 'unauthenticated') {
    log.warn({ err: refusal.cause, code: refusal.code }, refusal.message);
  }
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, fields, body } = words(refusal);
  response.writeHead(status, fields).end(body);
}
