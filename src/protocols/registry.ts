import { http } from './http/listener.ts';
import { proxy } from './http/proxy.ts';
import { postgres } from './postgres/listener.ts';
import type { Protocol } from './protocol.ts';

/** Every protocol by its key under `listen`: a new one is a folder, a line here, a page in docs/protocols. */
export const protocols = { postgres, targets: http, proxy } as const satisfies Readonly<Record<string, Protocol>>;
