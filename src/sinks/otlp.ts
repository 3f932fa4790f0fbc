import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Agent } from 'undici';
import type { StampedEvent } from '../core/event.ts';
import type { OtlpSpec } from '../core/sink.ts';
import type { Secret } from '../core/target.ts';
import type { Sink } from './follower.ts';
import { severityOf } from './severity.ts';
import type { Severity } from './severity.ts';

type Json = Readonly<Record<string, unknown>>;

const timeoutMs = 30_000;
const answerBytesMax = 64 * 1024;
/** SeverityNumber of opentelemetry/proto/logs/v1/logs.proto. */
const levels: Readonly<Record<Severity, readonly [number, string]>> = {
  error: [17, 'ERROR'],
  warning: [13, 'WARN'],
  notice: [10, 'INFO2'],
  info: [9, 'INFO'],
};

export interface OtlpParts {
  readonly version: string;
  /** @throws SallyportError `credential_unavailable` */
  readonly resolveSecret: (secret: Secret) => Promise<string>;
  /** What the collector took none of, for good. */
  readonly onRejected: (count: number, why: string) => void;
}

/** OpenTelemetry logs over HTTP, as JSON: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export function otlp(spec: OtlpSpec, parts: OtlpParts): Sink {
  let agent: Agent | undefined;
  return {
    unconfirmed: false,
    async take(events, signal) {
      // Only where there is such a sink: it takes a part of the start.
      const { request } = await import('undici');
      agent ??= await agentOf(spec);
      const answer = await request(safeUrl(await parts.resolveSecret(spec.url)), {
        method: 'POST',
        headers: { ...(await headersOf(spec, parts)), 'content-type': 'application/json' },
        body: JSON.stringify(logsOf(events, parts.version)),
        dispatcher: agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(2 * timeoutMs)]),
      });
      const text = await textOf(answer.body);
      // Nothing is given up for a 4xx, as one could: the record is not to have holes because of a wrong header.
      if (answer.statusCode !== 200) throw new Error(`the collector answered ${answer.statusCode}`);
      tellRejected(text, parts);
    },
  };
}

async function agentOf({ caFile }: OtlpSpec): Promise<Agent> {
  const undici = await import('undici');
  const ca = caFile === undefined ? {} : { ca: await readFile(caFile, 'utf8') };
  return new undici.Agent({
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: timeoutMs, ...ca },
  });
}

async function headersOf(
  { headers }: OtlpSpec,
  { resolveSecret }: OtlpParts,
): Promise<Record<string, string>> {
  const pairs = Object.entries(headers).map(async ([name, value]) => [name, await resolveSecret(value)]);
  return Object.fromEntries(await Promise.all(pairs));
}

/** The record is as sensitive as what it tells of. */
function safeUrl(text: string): URL {
  const url = URL.parse(text);
  const local =
    url !== null && (url.hostname === 'localhost' || /^(127(\.\d+){3}|\[::1\])$/.test(url.hostname));
  if (url === null || (url.protocol !== 'https:' && !(url.protocol === 'http:' && local))) {
    throw new Error('url must be https');
  }
  return url;
}

export function logsOf(events: readonly StampedEvent[], version: string): Json {
  const resource = {
    attributes: attributes({
      'service.name': 'sallyport',
      'service.version': version,
      'host.name': hostname(),
    }),
  };
  const scopeLogs = [{ scope: { name: 'sallyport' }, logRecords: events.map(recordOf) }];
  return { resourceLogs: [{ resource, scopeLogs }] };
}

function recordOf(event: StampedEvent): Json {
  const { seq, time, type, ...rest } = event;
  const nanos = `${Date.parse(time)}000000`;
  const [severityNumber, severityText] = levels[severityOf(type)];
  const session = 'session' in event ? { 'sallyport.session': event.session } : {};
  return {
    timeUnixNano: nanos,
    observedTimeUnixNano: nanos,
    severityNumber,
    severityText,
    eventName: `sallyport.${type}`,
    body: anyValue(rest),
    attributes: attributes({ 'sallyport.seq': seq, 'sallyport.type': type, ...session }),
  };
}

function attributes(values: Json): readonly Json[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

/** AnyValue of opentelemetry/proto/common/v1/common.proto; 64-bit integers are texts in its JSON. */
function anyValue(value: unknown): Json {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
    default:
      if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
      if (typeof value === 'object' && value !== null)
        return { kvlistValue: { values: attributes({ ...value }) } };
      return {};
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes <= answerBytesMax) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** "Partial success": the collector has them and does not want them; sending them again would change nothing. */
function tellRejected(text: string, { onRejected }: OtlpParts): void {
  try {
    const { partialSuccess } = Object(JSON.parse(text));
    const count = Number(Object(partialSuccess).rejectedLogRecords ?? 0);
    if (count > 0) onRejected(count, String(Object(partialSuccess).errorMessage ?? ''));
  } catch {
    // An answer 200 without JSON is a yes as well.
  }
}
