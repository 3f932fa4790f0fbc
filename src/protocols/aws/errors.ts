import { SallyportError, type ErrorCode } from '../../core/errors.ts';
import { statusOf } from '../../core/http-status.ts';

/** How a service says that something failed. */
export type ErrorForm = 'json' | 'query' | 'ec2' | 's3' | 'cbor';

/** Why a signature is not taken, in the word of AWS that clients act on: they sign again, or set their clocks. */
export class Refused extends SallyportError {
  readonly awsCode: string;

  constructor(awsCode: AwsProofCode, message: string, more: { hint: string }) {
    super(awsCode === 'Throttling' ? 'limit_requests' : 'unauthenticated', message, more);
    this.awsCode = awsCode;
  }
}

type AwsProofCode =
  | 'IncompleteSignature'
  | 'InvalidClientTokenId'
  | 'RequestTimeTooSkewed'
  | 'SignatureDoesNotMatch'
  | 'Throttling';

/** The words of AWS that say it best; what clients try again begins with a status of 5xx or says Throttling. */
const awsCodes = {
  protocol: 'InvalidRequest',
  syntax: 'InvalidRequest',
  too_large: 'RequestEntityTooLarge',
  tls_required: 'InvalidRequest',
  unauthenticated: 'UnrecognizedClientException',
  unknown_target: 'AccessDenied',
  denied: 'AccessDenied',
  unknown_statement: 'InvalidRequest',
  unknown_portal: 'InvalidRequest',
  undisclosable: 'AccessDenied',
  hold_denied: 'AccessDenied',
  hold_pending: 'AccessDenied',
  hold_withdrawn: 'AccessDenied',
  limit_rows: 'LimitExceeded',
  limit_statement: 'LimitExceeded',
  limit_idle: 'LimitExceeded',
  limit_session: 'LimitExceeded',
  limit_budget: 'LimitExceeded',
  limit_requests: 'Throttling',
  revoked: 'AccessDenied',
  journal_unavailable: 'ServiceUnavailable',
  credential_unavailable: 'ServiceUnavailable',
  upstream_unavailable: 'ServiceUnavailable',
  upstream_protocol: 'ServiceUnavailable',
  shutting_down: 'ServiceUnavailable',
  closed: 'RequestTimeout',
  not_found: 'InvalidRequest',
  conflict: 'Conflict',
  internal: 'InternalFailure',
} as const satisfies Record<ErrorCode, string>;

/** A refusal as the service would say it. */
export interface AwsError {
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export function awsError(refusal: SallyportError, form: ErrorForm): AwsError {
  const code = refusal instanceof Refused ? refusal.awsCode : awsCodes[refusal.code];
  const message = [refusal.message.replace(/\.$/, ''), refusal.hint]
    .filter((part) => part !== undefined)
    .join('. ');
  const isAgain = code === 'Throttling' && form === 's3';
  const { fields, body } = bodyOf(isAgain ? 'SlowDown' : code, message, form, refusal.code);
  return {
    // 401 is no status that SDKs know; S3 has no other word for "again" than 503.
    status: isAgain ? 503 : refusal.code === 'unauthenticated' ? 403 : statusOf[refusal.code],
    fields: { ...fields, 'content-length': String(body.length) },
    body,
  };
}

function bodyOf(
  code: string,
  message: string,
  form: ErrorForm,
  own: ErrorCode,
): Pick<AwsError, 'fields' | 'body'> {
  const fields = { 'sallyport-error': own, 'cache-control': 'no-store' };
  switch (form) {
    case 'json': {
      // DynamoDB and older services look for `message` or `Message`; botocore takes the code from the header or `__type`.
      const body = Buffer.from(JSON.stringify({ __type: code, message, Message: message }));
      return {
        fields: { ...fields, 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': code },
        body,
      };
    }
    case 'cbor':
      return {
        fields: { ...fields, 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
        body: cborMap({ __type: code, message }),
      };
    case 's3':
      return xml(fields, `<Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`);
    case 'ec2':
      return xml(
        fields,
        `<Response><Errors><Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error></Errors></Response>`,
      );
    case 'query':
      return xml(
        fields,
        `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped(message)}</Message></Error></ErrorResponse>`,
      );
  }
}

function xml(fields: Readonly<Record<string, string>>, text: string): Pick<AwsError, 'fields' | 'body'> {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`);
  return { fields: { ...fields, 'content-type': 'text/xml' }, body };
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

/** RFC 8949 §3: a map of texts. */
function cborMap(texts: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(texts);
  return Buffer.concat([Buffer.from([0xa0 + entries.length]), ...entries.flat().map(cborText)]);
}

function cborText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const head = Buffer.alloc(3);
  head.writeUInt8(0x79);
  head.writeUInt16BE(Math.min(bytes.length, 0xffff), 1);
  return Buffer.concat([head, bytes.subarray(0, 0xffff)]);
}
