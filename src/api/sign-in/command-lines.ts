import { html } from 'hono/html';
import type { Context, Hono } from 'hono';
import { SallyportError } from '../../core/errors.ts';
import type { Login, LoginCode } from '../../core/login.ts';
import { formOf } from '../body.ts';
import { clientOf, mustStand } from '../caller.ts';
import type { ApiEnv } from '../env.ts';
import { Pace } from '../pace.ts';
import type { ApiParts } from '../parts.ts';
import { loginOf, mustComeFromOwnPage } from './browser.ts';
import { page, shown } from './page.ts';
import { failed } from './routes.ts';

type Asked = Context<ApiEnv>;

/** The one client there is: no secret, so what it says of itself proves nothing. */
export const commandLineClient = 'sallyport-cli';
export const devicePath = '/login/device';

const formBytesMax = 16 * 1024;
/** Twenty letters, eight places: whoever is signed in may guess 5 at once, then 3 a minute. */
const guesses = { burst: 5, perSecond: 0.05 } as const;

/** RFC 8252 §7.3: this machine by its address, any port; no name, which could lead elsewhere. */
const redirectPattern = /^http:\/\/(?:127\.0\.0\.1|\[::1\]):\d{1,5}\/callback$/;
/** RFC 7636 §4.2: SHA-256 in base64url. */
const challengePattern = /^[\w-]{43}$/;
const statePattern = /^[\w.~-]{8,200}$/;

/** Where people confirm that a command line may act as they. */
export function commandLinePages(app: Hono<ApiEnv>, parts: ApiParts): void {
  const pace = new Pace({ ...guesses, clock: parts.clock });
  const at = (method: 'GET' | 'POST', path: string, act: (context: Asked) => Promise<Response>) =>
    app.on(method, path, (context) => act(context).catch((error: unknown) => failed(parts, context, error)));
  at('GET', '/oauth/authorize', (context) => askLoopback(parts, context));
  at('POST', '/oauth/authorize', (context) => decideLoopback(parts, context));
  at('GET', devicePath, (context) => askUserCode(parts, context));
  at('POST', devicePath, (context) => askDevice(parts, context, pace));
  at('POST', `${devicePath}/decide`, (context) => decideDevice(parts, context, pace));
}

interface Loopback {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly state: string;
  readonly agent: string;
}

/** RFC 6749 §4.1.1. Nothing is sent to an address that is not of this machine, not even an error (§4.1.2.1). */
function loopbackOf(asked: URLSearchParams): Loopback {
  const one = (name: string): string => {
    const [value, ...more] = asked.getAll(name);
    if (value !== undefined && more.length === 0) return value;
    throw badRequest(name);
  };
  const must = (name: string, fits: (value: string) => boolean): string => {
    const value = one(name);
    if (!fits(value)) throw badRequest(name);
    return value;
  };
  must('client_id', (value) => value === commandLineClient);
  must('response_type', (value) => value === 'code');
  must('code_challenge_method', (value) => value === 'S256');
  return {
    redirectUri: must('redirect_uri', (value) => redirectPattern.test(value)),
    challenge: must('code_challenge', (value) => challengePattern.test(value)),
    state: must('state', (value) => statePattern.test(value)),
    agent: asked.get('agent') ?? '',
  };
}

async function askLoopback(parts: ApiParts, context: Asked): Promise<Response> {
  const { searchParams, pathname, search } = new URL(context.req.url);
  const asked = loopbackOf(searchParams);
  const login = await loginOf(parts, context);
  if (login === undefined) return toSignIn(context, `${pathname}${search}`);
  return page(
    'Let a command line act as you?',
    html`<p>
        A program on the machine of this browser asks to act as <b>${shown(login.identity.subject)}</b>.
      </p>
      ${told(parts, { agent: asked.agent, client: new URL(asked.redirectUri).host })}
      <p class="warning">
        Allow this only if you have just begun it yourself, by <code>sallyport login</code>.
      </p>
      <form method="post" action="/oauth/authorize">
        ${hidden(login, {
          client_id: commandLineClient,
          response_type: 'code',
          code_challenge_method: 'S256',
          redirect_uri: asked.redirectUri,
          code_challenge: asked.challenge,
          state: asked.state,
          agent: asked.agent,
        })}
        <button name="decision" value="allow">Allow</button>
        <button name="decision" value="refuse">Refuse</button>
      </form>`,
    { formsTo: [new URL(asked.redirectUri).origin] },
  );
}

async function decideLoopback(parts: ApiParts, context: Asked): Promise<Response> {
  const { form, login } = await decided(parts, context);
  const { redirectUri, challenge, state, agent } = loopbackOf(form);
  const url = new URL(redirectUri);
  if (form.get('decision') === 'allow') {
    const asked = { by: login, challenge, redirectUri, client: clientOf(context), agent };
    url.searchParams.set('code', await parts.signIn.codes.openLoopback(asked));
  } else url.searchParams.set('error', 'access_denied');
  url.searchParams.set('state', state);
  // RFC 9207: so that the command line can tell whose answer this is.
  url.searchParams.set('iss', parts.baseUrl());
  return context.redirect(url.href, 303);
}

/** The code is never in the address: a link that brings its own would let a stranger's device in (RFC 8628 §5.4). */
async function askUserCode(parts: ApiParts, context: Asked): Promise<Response> {
  const login = await loginOf(parts, context);
  if (login === undefined) return toSignIn(context, devicePath);
  return page(
    'Let a device act as you',
    html`<p>Type the code that <code>sallyport login --device</code> shows on your own screen.</p>
      <form method="post" action="${devicePath}">
        ${hidden(login, {})}
        <input name="user_code" class="code" maxlength="20" autocomplete="off" autofocus required />
        <button>Go on</button>
      </form>`,
  );
}

async function askDevice(parts: ApiParts, context: Asked, pace: Pace): Promise<Response> {
  const { form, login } = await decided(parts, context);
  const code = await waiting(parts, form, login, pace);
  const here = clientOf(context);
  return page(
    'Let this device act as you?',
    html`<p>A command line elsewhere asks to act as <b>${shown(login.identity.subject)}</b>.</p>
      ${told(parts, code)}
      ${
        code.client === here
          ? ''
          : html`<p class="warning">
              It asked from <b>${shown(code.client)}</b>; this browser is at ${shown(here)}. If you do not
              know that address, refuse.
            </p>`
      }
      <p class="warning">
        Allow this only if you have just begun it yourself, and your own screen shows
        <b class="code">${shown(code.userCode ?? '')}</b>. Nobody who calls or writes to you needs this code.
      </p>
      <form method="post" action="${devicePath}/decide">
        ${hidden(login, { user_code: code.userCode ?? '' })}
        <button name="decision" value="refuse">Refuse</button>
        <button name="decision" value="allow">Allow</button>
      </form>`,
  );
}

async function decideDevice(parts: ApiParts, context: Asked, pace: Pace): Promise<Response> {
  const { form, login } = await decided(parts, context);
  const code = await waiting(parts, form, login, pace);
  const allowed = form.get('decision') === 'allow';
  const state = allowed ? 'confirmed' : 'denied';
  if (!(await parts.signIn.codes.decide(code, state, login))) throw noSuchCode();
  return page(
    allowed ? 'Allowed' : 'Refused',
    html`<p>
      ${allowed ? 'The command line goes on by itself. You may close this page.' : 'Nothing was given away.'}
    </p>`,
  );
}

async function waiting(
  { signIn }: ApiParts,
  form: URLSearchParams,
  login: Login,
  pace: Pace,
): Promise<LoginCode> {
  pace.take(login.id);
  const code = await signIn.codes.waiting(form.get('user_code') ?? '');
  if (code === undefined) throw noSuchCode();
  return code;
}

/** A form of one's own, by somebody who is signed in and not shut out. */
async function decided(
  parts: ApiParts,
  context: Asked,
): Promise<{ readonly form: URLSearchParams; readonly login: Login }> {
  const form = await formOf(context.req.raw, formBytesMax);
  const login = await loginOf(parts, context);
  if (login === undefined) {
    throw new SallyportError('unauthenticated', 'Sallyport: you are not signed in any more', {
      hint: 'Sign in, and begin again.',
    });
  }
  mustComeFromOwnPage(context, login, form.get('csrf') ?? undefined);
  await mustStand(parts, login.identity);
  return { form, login };
}

function told({ clock }: ApiParts, it: { agent: string; client: string; createdAtMs?: number }) {
  const seconds = Math.round((clock.now() - (it.createdAtMs ?? clock.now())) / 1_000);
  return html`<dl>
    <dt>From</dt>
    <dd>${shown(it.client)}</dd>
    <dt>It says it is</dt>
    <dd>${shown(it.agent === '' ? 'nothing' : it.agent)}</dd>
    ${
      it.createdAtMs === undefined
        ? ''
        : html`<dt>Asked</dt>
            <dd>${seconds} s ago</dd>`
    }
    <dt>It may then</dt>
    <dd>
      do all that you may do through Sallyport, for as long as this login could last, until you run sallyport
      logout there or sign out everywhere
    </dd>
  </dl>`;
}

function hidden({ csrf }: Login, fields: Readonly<Record<string, string>>) {
  return Object.entries({ csrf, ...fields }).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
}

function toSignIn(context: Asked, path: string): Response {
  return context.redirect(`/login?return_to=${encodeURIComponent(path)}`, 302);
}

function badRequest(name: string): SallyportError {
  return new SallyportError('protocol', `Sallyport: ${name} is not what it should be`, {
    hint: 'Begin with "sallyport login".',
  });
}

function noSuchCode(): SallyportError {
  return new SallyportError('not_found', 'Sallyport: no command line waits under this code', {
    hint: 'Look again at your own screen; a code is good for ten minutes, once.',
  });
}
