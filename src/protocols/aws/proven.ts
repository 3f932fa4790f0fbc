import { SallyportError } from '../../core/errors.ts';
import type { WebRequest, WebResponse } from '../../transport/web-message.ts';
import { sha256 } from '../../wire/aws/sigv4.ts';
import { bodyChunks, readBody, type RequestBody } from '../http/body.ts';
import type { ProtocolParts } from '../protocol.ts';
import type { AwsAsked } from './asked.ts';
import { prove, type Claim } from './proof.ts';

/** Of a body that services other than S3 take; DynamoDB's is the largest. */
const documentBytesMax = 16 * 1024 * 1024;

/** A request whose signature holds. */
export interface Proven {
  readonly asked: AwsAsked;
  readonly claim: Claim;
  readonly ticket: string;
  /** As it came; of S3, where it is long, what of it is still to come. */
  readonly body: RequestBody | undefined;
  /** Of the body; what is signed in its place where that is no hash. */
  readonly word: string;
}

/**
 * By what the header says of the body; where it says nothing, by the body itself.
 * @throws SallyportError
 */
export async function provenOf(
  parts: ProtocolParts,
  it: { readonly asked: AwsAsked; readonly claim: Claim },
  request: WebRequest,
  response: WebResponse,
): Promise<Proven> {
  const { asked, claim } = it;
  try {
    if (claim.payload !== undefined) {
      const ticket = await prove(parts, asked, claim, claim.payload);
      return { ...it, ticket, word: claim.payload, body: await bodyOf(claim, request, response) };
    }
    // Whoever has no ticket is not read from.
    const ticket = parts.ticketOf(claim.authorization.accessKeyId);
    if (ticket !== undefined) await parts.verifier.verify(ticket);
    const body = ticket === undefined ? undefined : await bodyOf(claim, request, response);
    if (body !== undefined && !('whole' in body)) throw unsaid();
    const word = sha256(body?.whole ?? '');
    return { ...it, ticket: await prove(parts, asked, claim, word), word, body };
  } catch (error) {
    if (error instanceof SallyportError && error.code === 'unauthenticated') {
      const { client } = asked;
      parts.journal.note({
        type: 'identity.refused',
        protocol: 'aws',
        client,
        target: '',
        reason: error.message,
      });
    }
    throw error;
  }
}

async function bodyOf(
  { authorization }: Claim,
  request: WebRequest,
  response: WebResponse,
): Promise<RequestBody | undefined> {
  if (request.headers.expect !== undefined) response.writeContinue();
  const body = await readBody(request);
  return authorization.scope.service === 's3' || body === undefined || 'whole' in body
    ? body
    : { whole: await wholeOf(body) };
}

/** Rules ask what is in it, so it must be here before they are asked. */
async function wholeOf(body: Exclude<RequestBody, { whole: Buffer }>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of bodyChunks(body)) {
    bytes += chunk.length;
    if (bytes > documentBytesMax) {
      throw new SallyportError('too_large', `Sallyport: a request may have ${documentBytesMax} bytes`, {
        hint: 'Send less at a time.',
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unsaid(): SallyportError {
  return new SallyportError('protocol', 'Sallyport: X-Amz-Content-Sha256 is missing', {
    hint: 'S3 wants it with every request.',
  });
}
