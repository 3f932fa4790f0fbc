import { SallyportError } from '../../core/errors.ts';
import type { CodeRefusal } from '../../core/login.ts';
import type { IssuedTicket } from '../../core/tickets.ts';
import type { ApiParts } from '../parts.ts';
import { commandLineClient, devicePath } from './command-lines.ts';

export const codeGrant = 'authorization_code';
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

type Parts = Pick<ApiParts, 'signIn' | 'baseUrl'>;

/**
 * The ticket for a code that somebody has confirmed, or why there is none; undefined: this asks for something else.
 * @throws SallyportError `protocol`, `revoked`, `journal_unavailable`
 */
export async function redeemed(
  { signIn: { codes } }: Parts,
  form: URLSearchParams,
  client: string,
): Promise<IssuedTicket | CodeRefusal | undefined> {
  const grant = form.get('grant_type');
  if (grant === deviceGrant) {
    mustBeKnown(form);
    return codes.redeemDevice(given(form, 'device_code'), client);
  }
  if (grant !== codeGrant) return undefined;
  mustBeKnown(form);
  const it = {
    code: given(form, 'code'),
    verifier: given(form, 'code_verifier'),
    redirectUri: given(form, 'redirect_uri'),
  };
  return codes.redeemLoopback(it, client);
}

/** RFC 8628 §3.2, without `verification_uri_complete`: people type the code, so that a link cannot do it for them. */
export async function deviceAnswer(
  { signIn, baseUrl }: Parts,
  form: URLSearchParams,
  client: string,
): Promise<object> {
  mustBeKnown(form);
  if (signIn.door() === undefined) {
    throw new SallyportError('not_found', 'Sallyport: nobody signs in here with a browser', {
      hint: 'identity.login in sallyport.yaml says how people sign in; without it, bring a token.',
    });
  }
  const device = await signIn.codes.openDevice({ client, agent: form.get('agent') ?? '' });
  return {
    device_code: device.deviceCode,
    user_code: device.userCode,
    verification_uri: `${baseUrl()}${devicePath}`,
    expires_in: device.lifetimeMs / 1_000,
    interval: device.intervalMs / 1_000,
  };
}

const descriptions: Readonly<Record<CodeRefusal, string>> = {
  authorization_pending: 'nobody has confirmed yet',
  slow_down: 'ask less often',
  access_denied: 'somebody refused',
  expired_token: 'nobody has confirmed in time',
  invalid_grant: 'this code does not hold, was used, or is too old',
};

export function codeRefused(error: CodeRefusal): Response {
  const body = { error, error_description: descriptions[error] };
  return Response.json(body, { status: 400, headers: { pragma: 'no-cache' } });
}

function mustBeKnown(form: URLSearchParams): void {
  if (form.get('client_id') === commandLineClient) return;
  throw new SallyportError('protocol', `Sallyport: client_id is ${commandLineClient} here`);
}

function given(form: URLSearchParams, name: string): string {
  const [value, ...more] = form.getAll(name);
  if (value !== undefined && more.length === 0 && value.length <= 500) return value;
  throw new SallyportError('protocol', `Sallyport: ${name} is missing, doubled or too long`);
}
