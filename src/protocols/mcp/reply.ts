import type { WebRequest, WebResponse } from '../../transport/web-message.ts';
import { eventText, keepAliveText } from '../../wire/mcp/event-stream.ts';

/** Shorter than what load balancers and clients wait for a byte. */
const keepAliveMs = 15_000;

const always: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': 'sandbox',
  'x-content-type-options': 'nosniff',
};

/** What goes back for one request of HTTP: a document, or a stream of events once something has to be said before it. */
export class Reply {
  readonly #response: WebResponse;
  readonly #takesEvents: boolean;
  readonly #fields: Record<string, string> = {};
  #timer: NodeJS.Timeout | undefined;

  constructor(request: WebRequest, response: WebResponse) {
    this.#response = response;
    this.#takesEvents = /text\/event-stream|\*\/\*/.test(request.headers.accept ?? '');
    response.once('close', () => clearInterval(this.#timer));
  }

  /** Goes with the head, if that is still to come. */
  field(name: string, value: string): void {
    this.#fields[name] = value;
  }

  get isStreaming(): boolean {
    return this.#timer !== undefined;
  }

  /** From now on it is a stream; false where the client takes none. */
  stream(): boolean {
    if (this.isStreaming) return true;
    if (!this.#takesEvents || this.#response.headersSent || this.#response.destroyed) return false;
    const fields = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' };
    this.#response.writeHead(200, { ...always, ...this.#fields, ...fields });
    // A head alone would not go out.
    this.#response.write(keepAliveText);
    this.#timer = setInterval(() => this.#response.write(keepAliveText), keepAliveMs);
    return true;
  }

  /** One message of several. A client that takes no events does not get it. */
  async event(
    text: string,
    more: { id?: string | undefined; retryMs?: number | undefined } = {},
  ): Promise<void> {
    if (!this.stream() || this.#response.destroyed || this.#response.write(eventText(text, more))) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#response.once('drain', resolve).once('close', resolve);
    await promise;
  }

  /** The last message; undefined: nothing more to say. */
  end(status: number, text?: string, id?: string): void {
    if (this.isStreaming) {
      clearInterval(this.#timer);
      this.#response.end(text === undefined ? undefined : eventText(text, { id }));
    } else if (!this.#response.headersSent) {
      const type = text === undefined ? {} : { 'content-type': 'application/json' };
      this.#response.writeHead(status, { ...always, ...this.#fields, ...type }).end(text);
    }
  }
}
