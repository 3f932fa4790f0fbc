import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { visible } from '../contract/visible.ts';

export type Part = HtmlEscapedString | Promise<HtmlEscapedString>;

/** Text that came from elsewhere, as a page may show it: nothing hidden, nothing that turns its direction. */
export function shown(text: string): string {
  return visible(text);
}

export const styleAddress = '/login/style.css';

/** One file, as pages may hold no style of their own. */
export const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 34rem; margin: 4rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; }
dt { opacity: .7; }
dd { margin: 0; overflow-wrap: anywhere; }
code, .code { font-family: ui-monospace, monospace; }
form { display: inline-block; margin: 1rem .5rem 0 0; }
button, input { font: inherit; padding: .4rem .9rem; }
.warning { border-left: .25rem solid #c60; padding-left: .8rem; }
`;

/**
 * A page without a script.
 * @param formsTo origins beside the gateway's own that its forms, and where those lead on to, may go to
 */
export async function page(
  title: string,
  body: Part,
  it: { readonly status?: number; readonly formsTo?: readonly string[] } = {},
): Promise<Response> {
  const text = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title} – Sallyport</title>
        <link rel="stylesheet" href="${styleAddress}" />
      </head>
      <body>
        <h1>${title}</h1>
        ${body}
      </body>
    </html>`;
  const forms = ["'self'", ...(it.formsTo ?? [])].join(' ');
  return new Response(text.toString(), {
    status: it.status ?? 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'self'; form-action ${forms}; base-uri 'none'; frame-ancestors 'none'`,
      'cross-origin-opener-policy': 'same-origin',
    },
  });
}
