import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGateway } from './gateway.ts';
import { freePort, startProgram } from './programs.ts';
import type { Program } from './programs.ts';

/** One way to the API. */
export interface Way {
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of what stands before the API; absent where nothing does. */
  readonly pid?: number;
}

export interface HttpStage {
  readonly direct: Way;
  readonly nginx: Way;
  readonly bare: Way;
  /** Policy, journal, one place and all detectors. */
  readonly masked: Way;
  /** 100 MB of JSON, by the same ways; `places`: one place and no detectors. */
  readonly large: Readonly<Record<'direct' | 'nginx' | 'bare' | 'passing' | 'places' | 'masked', Way>>;
  /** 1 GB of it; one place. */
  readonly tenTimes: Way;
  /** Policy and journal; nothing to hide. */
  readonly passing: Way;
  stop(): Promise<void>;
}

/** Everything in processes of its own, plain on loopback. */
export async function setHttpStage(): Promise<HttpStage> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-bench-http-'));
  const programs: { end(): Promise<void> }[] = [];
  const start = async (...args: Parameters<typeof startProgram>): Promise<Program> => {
    const program = await startProgram(...args);
    programs.push(program);
    return program;
  };
  const servers = join(import.meta.dirname, 'http-servers.ts');
  const [api, bare, nginx] = [await freePort(), await freePort(), await freePort()];
  await start(process.execPath, [servers, 'api', String(api)], api);
  const { pid: barePid } = await start(process.execPath, [servers, 'proxy', String(bare), String(api)], bare);
  const file = join(dir, 'nginx.conf');
  writeFileSync(file, nginxConfig(dir, nginx, api));
  const { pid: nginxPid } = await start('nginx', ['-c', file, '-p', dir], nginx);
  const gateway = await startGateway(dir, gatewayConfig(api), {});
  programs.push(gateway);
  const headers = { authorization: `Bearer ${gateway.target('shop').password}` };
  const origin = `http://127.0.0.1:${gateway.targetsPort}`;
  const path = '/v1/customers/7';
  const all = '/v1/all';
  return {
    direct: { origin: `http://127.0.0.1:${api}`, path, headers },
    nginx: { origin: `http://127.0.0.1:${nginx}`, path, headers, pid: nginxPid },
    bare: { origin: `http://127.0.0.1:${bare}`, path, headers, pid: barePid },
    masked: { origin, path: `/t/shop${path}`, headers, pid: gateway.pid },
    passing: { origin, path: `/t/open${path}`, headers, pid: gateway.pid },
    large: {
      direct: { origin: `http://127.0.0.1:${api}`, path: all, headers },
      nginx: { origin: `http://127.0.0.1:${nginx}`, path: all, headers, pid: nginxPid },
      bare: { origin: `http://127.0.0.1:${bare}`, path: all, headers, pid: barePid },
      passing: { origin, path: `/t/open${all}`, headers, pid: gateway.pid },
      places: { origin, path: `/t/places${all}`, headers, pid: gateway.pid },
      masked: { origin, path: `/t/shop${all}`, headers, pid: gateway.pid },
    },
    tenTimes: { origin, path: '/t/places/v1/ten-times', headers, pid: gateway.pid },
    async stop() {
      for (const program of programs.reverse()) await program.end();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function gatewayConfig(api: number): string {
  return `
targets:
  shop: { http: { url: "http://127.0.0.1:${api}" } }
  open: { http: { url: "http://127.0.0.1:${api}" } }
  places: { http: { url: "http://127.0.0.1:${api}" } }
sensitive:
  shop: { "GET /v1/customers/{id}#/email": email, "GET /v1/all#/*/email": email }
  places: { "GET /v1/all#/*/email": email, "GET /v1/ten-times#/*/email": email }
detect:
  - { find: [email, payment_card, iban, us_ssn, phone, private_key, aws_key, jwt], mask: redact, targets: [shop] }
rules:
  - { name: crews read, who: { groups: [crews] }, targets: [shop, open, places], allow: [read], resources: ["/v1/*"] }
`;
}

function nginxConfig(dir: string, port: number, api: number): string {
  return `
daemon off;
worker_processes 1;
master_process off;
pid ${dir}/nginx.pid;
error_log stderr;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  upstream api { server 127.0.0.1:${api}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 1000000;
    location / {
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "";
    }
  }
}
`;
}
