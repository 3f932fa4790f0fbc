import { SallyportError } from '../core/errors.ts';
import type { Refusal } from './contract/schemas.ts';
import { refusalBody, statusOf } from '../core/http-status.ts';

/** What whoever asked is told; of a fault of the gateway's own, nothing but that it is one. */
export function refusalOf(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error;
  return new SallyportError('internal', 'Sallyport: the gateway failed at this; its log says how', {
    cause: error,
  });
}

export function refusalResponse(error: SallyportError): Response {
  const { code } = error;
  const body: Refusal = refusalBody(error);
  const headers: Record<string, string> = {};
  // RFC 9110 §11.6.1: a 401 names the scheme.
  if (code === 'unauthenticated') headers['www-authenticate'] = 'Bearer realm="sallyport"';
  if (code === 'tls_required') headers['upgrade'] = 'TLS/1.2';
  return Response.json(body, { status: statusOf[code], headers });
}
