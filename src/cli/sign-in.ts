import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { z } from 'zod';
import { visible } from '../api/contract/visible.ts';
import type { Io } from './io.ts';

const client = 'sallyport-cli';
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
/** People look for their second factor meanwhile. */
const browserMs = 10 * 60_000;

const httpsUrl = z.url({ protocol: /^https?$/ });
/** RFC 8414: where the gateway's own pages are, which may be another address than it is asked at. */
const metadata = z.object({
  issuer: httpsUrl,
  /** Absent: nobody signs in there with a browser. */
  authorization_endpoint: httpsUrl.optional(),
});
const device = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: httpsUrl,
  expires_in: z.number(),
  interval: z.number().default(5),
});
const granted = z.object({ access_token: z.string(), expires_in: z.number() });
const refused = z.object({ error: z.string(), error_description: z.string().optional() });

export type Granted = z.infer<typeof granted>;

/** The gateway said no, or nobody said yes. */
export class SignInFailed extends Error {
  override readonly name = 'SignInFailed';
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint = 'Begin again: sallyport login.') {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

/**
 * Signs in by a browser on this machine: the code comes back to a port of it, and is worth nothing without the verifier
 * (RFC 8252, RFC 7636).
 */
export async function byBrowser(io: Io, url: string): Promise<Granted> {
  const about = await ask(io, `${url}/.well-known/oauth-authorization-server`, metadata);
  const start = about.authorization_endpoint;
  if (start === undefined) {
    throw new SignInFailed(
      'not_found',
      `nobody signs in with a browser at ${url}`,
      'identity.login in its sallyport.yaml says how people sign in; without it, bring a token.',
    );
  }
  const [verifier, state] = [randomBytes(32).toString('base64url'), randomBytes(16).toString('base64url')];
  const waiting = await waitForAnswer(state, about.issuer);
  try {
    const page = new URL(start);
    page.search = new URLSearchParams({
      client_id: client,
      response_type: 'code',
      redirect_uri: waiting.redirectUri,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      state,
      agent: hostname(),
    }).toString();
    const opened = await io.open(page.href);
    io.stderr.write(
      `${opened ? 'Your browser should show' : 'Open in a browser on this machine'}:\n  ${page.href}\n`,
    );
    if (!opened) io.stderr.write('No browser here: sallyport login --device\n');
    const code = await Promise.race([waiting.code, gaveUp()]);
    return await token(io, url, {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: waiting.redirectUri,
    });
  } finally {
    waiting.close();
  }
}

/** Signs in by a browser elsewhere, where somebody types a code (RFC 8628). */
export async function byDevice(io: Io, url: string): Promise<Granted> {
  const asked = await ask(io, `${url}/oauth/device_authorization`, device, { agent: hostname() });
  io.stderr.write(
    `Open ${visible(asked.verification_uri)} in any browser, sign in, and type\n\n  ${visible(asked.user_code)}\n\n`,
  );
  const untilMs = io.now() + asked.expires_in * 1_000;
  let intervalMs = asked.interval * 1_000;
  while (io.now() < untilMs) {
    await io.wait(intervalMs);
    try {
      return await token(io, url, { grant_type: deviceGrant, device_code: asked.device_code });
    } catch (error) {
      const code = error instanceof SignInFailed ? error.code : undefined;
      // §3.5: each time five seconds more.
      if (code === 'slow_down') intervalMs += 5_000;
      else if (code !== 'authorization_pending') throw error;
    }
  }
  throw new SignInFailed('expired_token', 'nobody has confirmed in time');
}

interface Waiting {
  readonly redirectUri: string;
  readonly code: Promise<string>;
  close(): void;
}

/** One answer on a port of this machine; what does not belong to this sign-in is turned away, and waited on. */
async function waitForAnswer(state: string, issuer: string): Promise<Waiting> {
  const { promise: code, resolve, reject } = Promise.withResolvers<string>();
  // Somebody may still be on their way to where this is awaited.
  code.catch(() => undefined);
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const isOurs = pathname === '/callback' && searchParams.get('state') === state;
    response.writeHead(isOurs ? 200 : 400, {
      'content-type': 'text/plain; charset=utf-8',
      connection: 'close',
    });
    response.end(isOurs ? 'Done. You may close this page.\n' : 'This is no answer that is waited for.\n');
    if (!isOurs) return;
    const [found, error] = [searchParams.get('code'), searchParams.get('error')];
    // RFC 9207 §2.4: an answer of another server than the one asked is none.
    if (searchParams.get('iss') !== issuer)
      reject(new SignInFailed('issuer', 'another gateway has answered'));
    else if (found !== null && error === null) resolve(found);
    else reject(new SignInFailed('access_denied', 'signing in was refused in the browser'));
  });
  await new Promise<void>((ready, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', ready);
  });
  return {
    redirectUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    code,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Such a timer keeps no process alive that has nothing else to do. */
function gaveUp(): Promise<never> {
  return new Promise((_resolve, reject) => {
    const late = AbortSignal.timeout(browserMs);
    late.addEventListener('abort', () =>
      reject(new SignInFailed('expired_token', 'nobody came back from the browser')),
    );
  });
}

async function token(io: Io, url: string, form: Readonly<Record<string, string>>): Promise<Granted> {
  return ask(io, `${url}/oauth/token`, granted, form);
}

/** GET, or POST where there is a form. @throws SignInFailed, Error where the gateway cannot be asked */
async function ask<T extends z.ZodType>(
  io: Io,
  url: string,
  shape: T,
  form?: Readonly<Record<string, string>>,
): Promise<z.output<T>> {
  const response = await io
    .fetch(url, {
      redirect: 'error',
      ...(form === undefined
        ? {}
        : { method: 'POST', body: new URLSearchParams({ client_id: client, ...form }) }),
    })
    .catch((cause: unknown) => {
      throw new SignInFailed(
        'unreachable',
        `no gateway answers at ${url}: ${reasonOf(cause)}`,
        'Is it running, is the address right, and is its CA known (--ca)?',
      );
    });
  const body: unknown = await response.json().catch(() => undefined);
  const found = shape.safeParse(body);
  if (response.ok && found.success) return found.data;
  const told = refused.safeParse(body);
  if (told.success) throw new SignInFailed(told.data.error, told.data.error_description ?? told.data.error);
  throw new SignInFailed(
    'unintelligible',
    `the answer of ${url} is not one of a Sallyport gateway (HTTP ${response.status})`,
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
