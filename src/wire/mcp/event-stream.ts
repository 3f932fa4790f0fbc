/** One event of a stream (HTML §9.2.6). */
export interface StreamEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: string;
  /** How long to wait before coming back, in milliseconds. */
  readonly retryMs: number | undefined;
}

/** Of one event: it is looked into as a whole. */
export const eventCharsMax = 16 * 1024 * 1024;

export class EventStreamFault extends Error {
  override readonly name = 'EventStreamFault';
}

/** Reads an event stream, in whatever chunks it comes. */
export class EventStreamReader {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: false });
  #parts: string[] = [];
  #chars = 0;
  #afterReturn = false;
  #id: string | undefined;
  #event: string | undefined;
  #retryMs: number | undefined;
  #data: string[] = [];

  /** @throws EventStreamFault for an event that is too long */
  push(chunk: Uint8Array): StreamEvent[] {
    const events: StreamEvent[] = [];
    let text = this.#decoder.decode(chunk, { stream: true });
    if (this.#afterReturn && text.startsWith('\n')) text = text.slice(1);
    if (text !== '') this.#afterReturn = text.endsWith('\r');
    const lines = text.split(/\r\n|\n|\r/);
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = this.#line([...this.#parts, line].join(''));
      this.#parts = [];
      if (event !== undefined) events.push(event);
    }
    if (rest !== '') this.#parts.push(rest);
    this.#chars += text.length;
    if (lines.length > 0 && this.#data.length === 0) this.#chars = rest.length;
    if (this.#chars > eventCharsMax)
      throw new EventStreamFault(`an event has over ${eventCharsMax} characters`);
    return events;
  }

  #line(line: string): StreamEvent | undefined {
    if (line === '') return this.#dispatch();
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'retry' && /^\d{1,9}$/.test(value)) this.#retryMs = Number(value);
    return undefined;
  }

  #dispatch(): StreamEvent | undefined {
    const [id, event, retryMs, data] = [this.#id, this.#event, this.#retryMs, this.#data];
    [this.#id, this.#event, this.#retryMs, this.#data] = [undefined, undefined, undefined, []];
    if (data.length === 0) return undefined;
    return { id, event, data: data.join('\n'), retryMs };
  }
}

/** An event as it is written. JSON has no line breaks of its own. */
export function eventText(
  data: string,
  { id, retryMs }: { id?: string | undefined; retryMs?: number | undefined } = {},
): string {
  const lines = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(retryMs === undefined ? [] : [`retry: ${retryMs}`]),
    'event: message',
    ...data.split('\n').map((line) => `data: ${line}`),
  ];
  return `${lines.join('\n')}\n\n`;
}

/** What keeps a connection from being taken for dead. */
export const keepAliveText = ': waiting\n\n';
