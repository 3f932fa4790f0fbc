import { SallyportError } from '../../core/errors.ts';
import type { ProtocolParts } from '../protocol.ts';
import {
  isSameSignature,
  readAmzDate,
  readAuthorization,
  signatureOf,
  type Authorization,
} from '../../wire/aws/sigv4.ts';
import type { AwsAsked } from './asked.ts';
import { Refused } from './errors.ts';

/** How far a client's clock may be from the gateway's, as AWS itself has it. */
const skewMsMax = 300_000;

/** A request's signature, read and not yet verified. */
export interface Claim {
  readonly authorization: Authorization;
  /** As X-Amz-Date has it. */
  readonly date: string;
  readonly signedAtMs: number;
  /** X-Amz-Content-Sha256; undefined: the signature is over the SHA-256 of the body all the same. */
  readonly payload: string | undefined;
  /** The fields that are signed. */
  readonly signed: ReadonlyMap<string, string>;
}

/** These decide what a request means: one that is not signed could be anybody's. */
const mustBeSigned =
  /^(?:host|x-amz-.*|content-type|content-md5|content-encoding|range|if-.*|smithy-protocol)$/;

/** Whether a request is signed for AWS in any way, be it one that is refused. */
export function claimsAws(url: string | undefined, authorization: string | undefined): boolean {
  if (authorization !== undefined) return /^AWS4?[ -]/.test(authorization);
  return /[?&](?:X-Amz-(?:Signature|Algorithm|Credential)|AWSAccessKeyId)=/i.test(url ?? '');
}

/** @throws SallyportError where it is signed in no way that is taken here */
export function claimOf({ target, fields }: AwsAsked): Claim {
  if (target.query.some(([name]) => /^(?:x-amz-signature|x-amz-credential|signature)$/i.test(name))) {
    throw new SallyportError('unauthenticated', 'Sallyport: presigned URLs are not taken', {
      hint: 'Whoever has such a URL could use it in place of the one it was made for. Sign requests in their header fields.',
    });
  }
  const text = fields.get('authorization') ?? '';
  if (text.startsWith('AWS4-ECDSA')) {
    throw new SallyportError('unauthenticated', 'Sallyport: SigV4A is not taken: a ticket has no key pair', {
      hint: 'Use AWS4-HMAC-SHA256 (SigV4), with one region.',
    });
  }
  if (text.startsWith('AWS ')) {
    throw new SallyportError('unauthenticated', 'Sallyport: signature version 2 is not taken', {
      hint: 'Use AWS4-HMAC-SHA256 (SigV4).',
    });
  }
  const authorization = readAuthorization(text);
  const date = fields.get('x-amz-date') ?? '';
  const signedAtMs = readAmzDate(date);
  if (authorization === undefined || signedAtMs === undefined) {
    throw new Refused('IncompleteSignature', 'Sallyport: the request is not signed as SigV4 wants it', {
      hint: 'There must be Authorization (Credential, SignedHeaders in order, Signature) and X-Amz-Date.',
    });
  }
  return {
    authorization,
    date,
    signedAtMs,
    payload: fields.get('x-amz-content-sha256'),
    signed: signedFields(fields, authorization),
  };
}

function signedFields(
  fields: ReadonlyMap<string, string>,
  { signedHeaders }: Authorization,
): ReadonlyMap<string, string> {
  const signed = new Map(signedHeaders.map((name) => [name, fields.get(name)]));
  const missing = signedHeaders.find((name) => signed.get(name) === undefined);
  const unsigned = [...fields.keys(), 'host'].find((name) => mustBeSigned.test(name) && !signed.has(name));
  if ((missing ?? unsigned) !== undefined) {
    const why = missing === undefined ? `${unsigned} is not signed` : `${missing} is signed and did not come`;
    throw new Refused('SignatureDoesNotMatch', `Sallyport: the field ${why}`, {
      hint: 'Sign host, content-type and every x-amz- field that is sent.',
    });
  }
  // One that the Connection field names does not go on, and would then mean something else than what was decided on.
  const dropped = (fields.get('connection') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .find((name) => signed.has(name));
  if (dropped !== undefined) {
    throw new SallyportError(
      'protocol',
      `Sallyport: the Connection field names ${dropped}, which is signed`,
      {
        hint: 'Send it as an AWS SDK does.',
      },
    );
  }
  return new Map([...signed].map(([name, value]) => [name, value ?? '']));
}

/**
 * Whoever signs with a ticket is the ticket's, once.
 * @param payload SHA-256 of the body, or the word that stands for it
 * @throws SallyportError `unauthenticated`
 */
export async function prove(
  { ticketOf, clock, signatures }: Pick<ProtocolParts, 'ticketOf' | 'clock' | 'signatures'>,
  { method, target }: AwsAsked,
  { authorization, date, signedAtMs, signed }: Claim,
  payload: string,
): Promise<string> {
  const { accessKeyId, scope, signature } = authorization;
  const ticket = ticketOf(accessKeyId);
  if (ticket === undefined) {
    throw new Refused('InvalidClientTokenId', 'Sallyport: the access key id is that of no ticket', {
      hint: 'Make keys with "sallyport aws-credentials --target NAME".',
    });
  }
  const secret = secretOf(ticket);
  const { path, query } = target;
  const own = signatureOf({ method, path, query, headers: signed, payload }, { secret, scope, date });
  if (!isSameSignature(own, signature)) {
    throw new Refused('SignatureDoesNotMatch', 'Sallyport: the signature is not that of the ticket', {
      hint: 'Check the secret access key, and that nothing between changes the request.',
    });
  }
  const nowMs = clock.now();
  if (Math.abs(nowMs - signedAtMs) > skewMsMax || !date.startsWith(scope.day)) {
    throw new Refused('RequestTimeTooSkewed', 'Sallyport: the request was signed at another time than now', {
      hint: 'Signatures hold for 5 minutes; set the clock.',
    });
  }
  // Kept for as long as the request could be sent again.
  if (!(await signatures.use(signature, signedAtMs + skewMsMax + 1000, nowMs))) {
    throw new Refused('Throttling', 'Sallyport: the same request was taken already', {
      hint: 'A signature counts once. Send it again with another date; SDKs do so by themselves.',
    });
  }
  return ticket;
}

/** The second half of a ticket, 43 characters; the first is its id. */
export function secretOf(ticket: string): string {
  return ticket.slice(-43);
}
