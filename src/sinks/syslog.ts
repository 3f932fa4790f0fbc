import { readFile } from 'node:fs/promises';
import * as net from 'node:net';
import { hostname } from 'node:os';
import * as tls from 'node:tls';
import type { StampedEvent } from '../core/event.ts';
import type { SyslogSpec } from '../core/sink.ts';
import { boundedJson } from './event-json.ts';
import type { Sink } from './follower.ts';
import { severityOf } from './severity.ts';
import type { Severity } from './severity.ts';

const timeoutMs = 30_000;
/** RFC 5424 §6.2.1. */
const levels: Readonly<Record<Severity, number>> = { error: 3, warning: 4, notice: 5, info: 6 };

/**
 * RFC 5424 over TCP (RFC 6587) or TLS (RFC 5425), each message behind its length. Syslog confirms nothing, so each batch
 * has a connection of its own: the gateway ends it and waits until the server has read to that end and closes too.
 */
export function syslog(spec: SyslogSpec): Sink {
  return {
    unconfirmed: true,
    async take(events, signal) {
      const frames = events.map((event) => frame(event, spec));
      const ca = spec.caFile === undefined ? undefined : await readFile(spec.caFile, 'utf8');
      await sendAll(spec, { bytes: Buffer.from(frames.join(''), 'latin1'), ca, signal });
    },
  };
}

/** `LENGTH <PRI>1 TIME HOST sallyport PID TYPE [sallyport@32473 …] JSON`, all of it printable ASCII. */
export function frame(event: StampedEvent, { facility, bytesMax }: SyslogSpec): string {
  const { seq, time, type } = event;
  const priority = facility * 8 + levels[severityOf(type)];
  const session = 'session' in event ? ` session="${escaped(event.session)}"` : '';
  // 32473 stands for "no number of one's own": RFC 5612.
  const data = `[sallyport@32473 seq="${seq}"${session}]`;
  const head = `<${priority}>1 ${time} ${host} sallyport ${process.pid} ${type} ${data} `;
  const message = `${head}${boundedJson(event, bytesMax - head.length)}`;
  return `${message.length} ${message}`;
}

/** RFC 5424 §6.2.4: printable ASCII, at most 255 of it. */
const host =
  hostname()
    .replace(/[^\x21-\x7e]/g, '_')
    .slice(0, 255) || '-';

/** RFC 5424 §6.3.3. */
function escaped(value: string): string {
  return value.replace(/[^\x20-\x7e]/g, '?').replace(/["\\\]]/g, '\\$&');
}

interface Sending {
  readonly bytes: Buffer;
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

/** Resolves once the server has closed behind our end, and not for an end of its own before that. */
function sendAll(spec: SyslogSpec, { bytes, ca, signal }: Sending): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(spec, ca);
    let ended = false;
    let failure: unknown;
    const leave = (): void => void socket.destroy(new Error('stopped'));
    signal.addEventListener('abort', leave);
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('the server does not answer in time')));
    socket.once(spec.tls ? 'secureConnect' : 'connect', () => {
      socket.end(bytes, () => (ended = true));
    });
    socket.once('end', () => {
      if (!ended) socket.destroy(new Error('the server closed before it had everything'));
    });
    socket.on('error', (error) => (failure = error));
    socket.once('close', () => {
      signal.removeEventListener('abort', leave);
      if (failure !== undefined) reject(failure);
      else if (ended) resolve();
      else reject(new Error('the server closed before it had everything'));
    });
    socket.resume();
  });
}

function connect({ host: to, port, tls: secure }: SyslogSpec, ca: string | undefined): net.Socket {
  if (!secure) return net.connect({ host: to, port });
  const servername = net.isIP(to) === 0 ? { servername: to } : {};
  return tls.connect({
    host: to,
    port,
    ...servername,
    minVersion: 'TLSv1.2',
    ...(ca === undefined ? {} : { ca }),
  });
}
