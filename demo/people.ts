import { createHash, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** Who may sign in, without a password: it is a demo, on this machine alone. */
export const people = [
  { name: 'dana', groups: ['dba', 'security'], does: 'decides on what is held, and watches the gateway' },
  { name: 'anna', groups: ['auditors'], does: 'sees everything, and decides nothing' },
  { name: 'omar', groups: ['oncall'], does: 'has no access, until a rule that sleeps is woken for him' },
] as const;

export const consoleClient = { id: 'console', secret: 'demo-only' } as const;

export interface People {
  readonly issuer: string;
  stop(): Promise<void>;
}

/** What a sign-in under way, and then its code, stands for. */
interface Asked {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly challenge: string;
  readonly name?: string;
}

const styleText = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 30rem; margin: 15vh auto 0; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
button { display: block; width: 100%; margin: .6rem 0; padding: .7rem 1rem; font: inherit; text-align: left; cursor: pointer; }
small { display: block; opacity: .75; }
`;

/**
 * An identity provider of the demo's own, so that one can sign in: OpenID Connect Core §3.1 (authorization code) with
 * PKCE, on loopback. Whoever comes says who they are; only the gateway gets an answer.
 */
export async function startPeople(callback: string): Promise<People> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const key = { ...(await exportJWK(publicKey)), kid: 'demo', alg: 'ES256', use: 'sig' };
  const asked = new Map<string, Asked>();
  const codes = new Map<string, Asked>();
  const app = new Hono();
  let issuer = '';

  app.get('/.well-known/openid-configuration', (context) =>
    context.json({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    }),
  );
  app.get('/keys', (context) => context.json({ keys: [key] }));
  app.get('/style.css', (context) => context.body(styleText, 200, { 'content-type': 'text/css' }));
  app.get('/authorize', async (context) => {
    const of = (name: string): string => context.req.query(name) ?? '';
    if (of('client_id') !== consoleClient.id || of('redirect_uri') !== callback) {
      return context.text('This is no sign-in of the demo.', 400);
    }
    const id = randomBytes(16).toString('hex');
    const [state, nonce, challenge] = [of('state'), of('nonce'), of('code_challenge')];
    asked.set(id, { redirectUri: callback, state, nonce, challenge });
    return context.html(pageOf(id));
  });
  app.post('/authorize', async (context) => {
    const form = await context.req.parseBody();
    const it = asked.get(String(form['id']));
    const person = people.find(({ name }) => name === form['name']);
    if (it === undefined || person === undefined) return context.text('Begin again at the console.', 400);
    asked.delete(String(form['id']));
    const code = randomBytes(16).toString('hex');
    codes.set(code, { ...it, name: person.name });
    const url = new URL(it.redirectUri);
    url.search = new URLSearchParams({ code, state: it.state, iss: issuer }).toString();
    return context.redirect(url.href, 303);
  });
  app.post('/token', async (context) => {
    const form = await context.req.parseBody();
    const it = codes.get(String(form['code']));
    codes.delete(String(form['code']));
    const proof = createHash('sha256').update(String(form['code_verifier'])).digest('base64url');
    const person = people.find(({ name }) => name === it?.name);
    if (it === undefined || person === undefined || proof !== it.challenge) {
      return context.json({ error: 'invalid_grant' }, 400);
    }
    const token = await new SignJWT({ nonce: it.nonce, groups: person.groups })
      .setProtectedHeader({ alg: 'ES256', kid: 'demo' })
      .setIssuer(issuer)
      .setSubject(person.name)
      .setAudience(consoleClient.id)
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(privateKey);
    return context.json({ access_token: 'none', token_type: 'Bearer', expires_in: 600, id_token: token });
  });

  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

function pageOf(id: string) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Sign in to the demo</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <h1>Who are you?</h1>
        <p>The demo’s own identity provider. Yours would stand here.</p>
        <form method="post" action="/authorize">
          <input type="hidden" name="id" value="${id}" />
          ${people.map(
            ({ name, groups, does }) =>
              html`<button name="name" value="${name}">
                ${name} <small>${groups.join(', ')}: ${does}</small>
              </button>`,
          )}
        </form>
      </body>
    </html>`;
}
