import type { Who } from './rule.ts';

/** Whom the proxy tunnels to some hosts, untouched. */
export interface Passage {
  readonly who: Who;
  readonly hosts: readonly string[];
}

/** A host that tunnels lead to untouched: `api.acme.dev`, `*.acme.dev`, `10.0.0.7:8443`; without a port it is 443. */
export const passthroughPattern =
  /^(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$|^\[[0-9a-fA-F:]+\](?::\d{1,5})?$/;

const usualPort = 443;

/** Whether one of these is `host:port`, which is in lower case. `*.` stands for at least one label before. */
export function passesThrough(patterns: readonly string[], authority: string): boolean {
  return patterns.some((pattern) => {
    const lower = pattern.toLowerCase();
    const whole = /:\d+$/.test(lower) ? lower : `${lower}:${usualPort}`;
    return whole.startsWith('*.') ? authority.endsWith(whole.slice(1)) : authority === whole;
  });
}
