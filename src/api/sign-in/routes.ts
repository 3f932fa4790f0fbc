import { TLSSocket } from 'node:tls';
import { html } from 'hono/html';
import type { Context, Hono } from 'hono';
import { SallyportError } from '../../core/errors.ts';
import type { Answer, Login, SignInDoor } from '../../core/login.ts';
import { formOf } from '../body.ts';
import { clientOf, mustStand } from '../caller.ts';
import type { ApiEnv } from '../env.ts';
import { statusOf } from '../../core/http-status.ts';
import { Pace } from '../pace.ts';
import type { ApiParts } from '../parts.ts';
import { refusalOf } from '../refuse.ts';
import { csrfHeader, loginOf, mustComeFromOwnPage } from './browser.ts';
import { forgetFlow, forgetLogin, keepFlow, keepLogin, keptFlow, loginSecret } from './cookies.ts';
import { endAllOf } from './everywhere.ts';
import { ownPath } from './own-path.ts';
import { page, shown, style, styleAddress } from './page.ts';

type Asked = Context<ApiEnv>;

/** As long as a sign-in may take. */
const flowMs = 10 * 60_000;
/** A SAML answer with hundreds of groups. */
const answerBytesMax = 768 * 1024;
const formBytesMax = 16 * 1024;
/** From one address: an office behind one passes; whoever makes the gateway read answers all day does not. */
const answers = { burst: 30, perSecond: 2 } as const;
const signedOutPath = '/login/out';

/** The pages by which people sign in and out. */
export function signInPages(app: Hono<ApiEnv>, parts: ApiParts): void {
  const pace = new Pace({ ...answers, clock: parts.clock });
  const paced = (act: (context: Asked) => Promise<Response>) => async (context: Asked) => {
    pace.take(clientOf(context));
    return act(context);
  };
  const at = (method: 'GET' | 'POST', path: string, act: (context: Asked) => Promise<Response>) =>
    app.on(method, path, (context) => act(context).catch((error: unknown) => failed(parts, context, error)));
  at('GET', '/login', (context) => start(parts, context));
  at(
    'GET',
    '/login/callback',
    paced((context) => cameBack(parts, context)),
  );
  at('GET', '/login/saml', (context) => start(parts, context));
  at(
    'POST',
    '/login/saml',
    paced((context) => samlCameBack(parts, context)),
  );
  at('GET', '/login/saml/metadata', () => metadata(parts));
  at('GET', signedOutPath, () => signedOut());
  at('POST', '/logout', (context) => signOut(parts, context));
  app.get(styleAddress, (context) => context.body(style, 200, { 'content-type': 'text/css; charset=utf-8' }));
}

/** To the provider; or, for who is signed in, back to where they came from. */
async function start(parts: ApiParts, context: Asked): Promise<Response> {
  const elsewhere = canonical(parts, context);
  if (elsewhere !== undefined) return context.redirect(elsewhere, 302);
  const wanted = context.req.query('return_to');
  const returnTo = ownPath(wanted);
  const login = await loginOf(parts, context);
  if (login !== undefined) {
    return wanted === undefined || returnTo === '/login'
      ? account(parts, login)
      : context.redirect(returnTo, 303);
  }
  const door = doorOf(parts);
  const { url, state, sealed } = await door.begin(returnTo);
  keepFlow(context, { state, sealed, fromElsewhere: door.spec.via === 'saml', forMs: flowMs });
  return context.redirect(url, 302);
}

/**
 * The provider sends browsers back to one address, so they must begin there, or their cookies would be elsewhere; and
 * over TLS, or they would have none. Once: a proxy in front may call the gateway by another name, and plainly, for ever.
 */
function canonical({ baseUrl }: ApiParts, context: Asked): string | undefined {
  const base = new URL(baseUrl());
  const isThere = context.req.header('host') === base.host && isOverTls(context);
  if (isThere || context.req.query('again') !== undefined) return undefined;
  const { pathname, searchParams } = new URL(context.req.url);
  searchParams.set('again', '1');
  return `${base.origin}${pathname}?${searchParams.toString()}`;
}

function isOverTls(context: Asked): boolean {
  return context.env?.incoming?.socket instanceof TLSSocket;
}

async function cameBack(parts: ApiParts, context: Asked): Promise<Response> {
  const state = context.req.query('state') ?? '';
  const answer: Answer = { kind: 'address', url: new URL(context.req.url) };
  return finish(parts, context, state, answer);
}

async function samlCameBack(parts: ApiParts, context: Asked): Promise<Response> {
  const form = await formOf(context.req.raw, answerBytesMax);
  const relayState = form.get('RelayState') ?? '';
  const samlResponse = form.get('SAMLResponse') ?? '';
  return finish(parts, context, relayState, { kind: 'form', samlResponse, relayState });
}

/** A new login with a new secret, whatever this browser had before: a secret planted there opens nothing. */
async function finish(parts: ApiParts, context: Asked, state: string, answer: Answer): Promise<Response> {
  const { logins } = parts.signIn;
  const door = doorOf(parts);
  const sealed = keptFlow(context, state);
  forgetFlow(context, state);
  const { identity, returnTo } = await door.finish(answer, sealed);
  await mustStand(parts, identity);
  const before = await loginOf(parts, context);
  const { login, secret } = await logins.open({
    identity,
    via: door.spec.via,
    client: clientOf(context),
    agent: context.req.header('user-agent') ?? '',
  });
  if (before !== undefined) await logins.end(before, 'replaced');
  keepLogin(context, secret, login.expiresAtMs - parts.clock.now());
  return context.redirect(returnTo, 303);
}

async function metadata(parts: ApiParts): Promise<Response> {
  const xml = await doorOf(parts).metadata?.();
  if (xml === undefined) throw noSuchWay();
  return new Response(xml, { headers: { 'content-type': 'application/samlmetadata+xml' } });
}

/** Ends this login, or with `everywhere` all of this person; then, where the provider can, its own session. */
async function signOut(parts: ApiParts, context: Asked): Promise<Response> {
  const form = await formOf(context.req.raw, formBytesMax);
  const login = await loginOf(parts, context);
  if (login !== undefined) {
    mustComeFromOwnPage(context, login, form.get('csrf') ?? context.req.header(csrfHeader));
    if (form.has('everywhere')) await endAllOf(parts, login.identity);
    else await parts.signIn.logins.end(login, 'signed_out');
  }
  if (loginSecret(context) !== undefined) forgetLogin(context);
  const location = (login && (await farewell(parts))) ?? signedOutPath;
  // A script goes there by itself: no form of the console's leads to another origin.
  const isScript = context.req.header('accept') === 'application/json';
  return isScript ? context.json({ location }) : context.redirect(location, 303);
}

/** A provider that is away must not keep anybody signed in here. */
async function farewell({ signIn, baseUrl }: ApiParts): Promise<string | undefined> {
  return signIn
    .door()
    ?.farewell(`${baseUrl()}${signedOutPath}`)
    .catch(() => undefined);
}

async function account(parts: ApiParts, login: Login): Promise<Response> {
  const { identity, csrf } = login;
  const all = await parts.signIn.logins.list(identity);
  const at = (ms: number) => new Date(ms).toISOString();
  const provider = await farewell(parts);
  const formsTo = provider === undefined ? [] : [new URL(provider).origin];
  return page(
    'You are signed in',
    html`<dl>
        <dt>As</dt>
        <dd>${shown(identity.subject)}</dd>
        <dt>By</dt>
        <dd>${shown(identity.issuer)}</dd>
        <dt>Groups</dt>
        <dd>${shown(identity.groups.join(', '))}</dd>
        <dt>Until</dt>
        <dd>${at(login.expiresAtMs)}, or when you rest for long</dd>
      </dl>
      <p>Signed in:</p>
      <ul>
        ${all.map(
          (one) =>
            html`<li>
              since ${at(one.createdAtMs)} from ${shown(one.client)}${one.id === login.id ? ' (here)' : ''}:
              ${shown(one.agent)}
            </li>`,
        )}
      </ul>
      <form method="post" action="/logout">
        <input type="hidden" name="csrf" value="${csrf}" />
        <button>Sign out</button>
      </form>
      <form method="post" action="/logout">
        <input type="hidden" name="csrf" value="${csrf}" />
        <input type="hidden" name="everywhere" value="1" />
        <button>Sign out everywhere, command lines too</button>
      </form>`,
    { formsTo },
  );
}

async function signedOut(): Promise<Response> {
  return page('You are signed out', html`<p><a href="/login">Sign in</a></p>`);
}

/** @throws SallyportError `not_found` */
function doorOf({ signIn }: ApiParts): SignInDoor {
  const door = signIn.door();
  if (door === undefined) throw noSuchWay();
  return door;
}

function noSuchWay(): SallyportError {
  return new SallyportError('not_found', 'Sallyport: nobody signs in here in this way', {
    hint: 'identity.login in sallyport.yaml says how people sign in.',
  });
}

/** A page that says why, and an event. */
export async function failed(parts: ApiParts, context: Asked, error: unknown): Promise<Response> {
  const { code, message, hint, cause } = refusalOf(error);
  if (cause !== undefined && code !== 'unauthenticated') parts.onError(cause);
  if (['unauthenticated', 'revoked', 'denied'].includes(code)) {
    const target = parts.gatewayTarget.name;
    parts.journal.note({
      type: 'identity.refused',
      protocol: 'login',
      client: clientOf(context),
      target,
      reason: message,
    });
  }
  const answer = await page(
    'That did not work',
    html`<p>${shown(message)}.</p>
      <p>${shown(hint ?? '')}</p>
      <p><a href="/login">Sign in</a></p>`,
    { status: statusOf[code] },
  );
  // What was said about cookies before counts for this answer, too.
  for (const line of context.res.headers.getSetCookie()) answer.headers.append('set-cookie', line);
  return answer;
}
