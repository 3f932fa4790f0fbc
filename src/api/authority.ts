import type { Hono } from 'hono';
import type { ApiEnv } from './env.ts';
import type { ApiParts } from './parts.ts';
import { refusalResponse } from './refuse.ts';
import { SallyportError } from '../core/errors.ts';

const authorityPath = '/ca.pem';

/** The certificate of the gateway's own authority, for clients to trust. It is no secret: every handshake sends it. */
export function authority(app: Hono<ApiEnv>, parts: Pick<ApiParts, 'authority'>): void {
  app.get(authorityPath, async () => {
    const pem = await parts.authority();
    if (pem === undefined) return refusalResponse(none());
    return new Response(pem, {
      headers: {
        'content-type': 'application/x-pem-file',
        'content-disposition': 'attachment; filename="sallyport-ca.pem"',
      },
    });
  });
}

function none(): SallyportError {
  return new SallyportError('not_found', 'Sallyport: this gateway has no authority of its own', {
    hint: 'Its certificate is one of listen.tls: trust what its issuer says.',
  });
}
