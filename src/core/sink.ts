import type { Secret } from './target.ts';

/** Somewhere else that gets every event of the journal, in order. */
export interface SinkSpec {
  readonly name: string;
  readonly way: SyslogSpec | OtlpSpec;
}

export interface SyslogSpec {
  readonly kind: 'syslog';
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly caFile?: string;
  /** RFC 5424 §6.2.1: 13 is "log audit". */
  readonly facility: number;
  /** Of one message; an event that is longer is cut to its essentials. */
  readonly bytesMax: number;
}

export interface OtlpSpec {
  readonly kind: 'otlp';
  readonly url: Secret;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly caFile?: string;
}
