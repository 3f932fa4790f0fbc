import type { Hono } from 'hono';
import { boundedText } from './body.ts';
import type { ApiEnv } from './env.ts';
import type { ApiParts } from './parts.ts';

/** What a button sends; Slack's payload holds the message that it stood in. */
const callbackBytesMax = 256 * 1024;

/** Where chats send back what people press. Without a bearer token, for each callback is signed. */
export function callbacks(app: Hono<ApiEnv>, parts: Pick<ApiParts, 'callbacks'>): void {
  app.post('/notify/:kind/:channel', async (context) => {
    const { kind, channel } = context.req.param();
    const { incoming } = context.env ?? {};
    const answer = await parts.callbacks.receive({
      kind,
      channel,
      header: (name) => context.req.header(name),
      body: await boundedText(context.req.raw, callbackBytesMax),
      client: incoming?.socket.remoteAddress ?? '',
    });
    return answer === undefined ? new Response(null) : Response.json(answer);
  });
}
