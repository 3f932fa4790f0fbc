import type { TargetBody } from '../../../api/contract/schemas.ts';

/** A program's way in: what is typed or written, whole. */
export interface Way {
  readonly name: string;
  readonly text: string;
}

export interface Reached {
  readonly target: TargetBody;
  /** A ticket, or what stands for one until there is. */
  readonly ticket: string;
  /** The file with the gateway's own authority; undefined: the system's trust does. */
  readonly caFile: string | undefined;
}

/** Ways for a target, by its protocol; the first is shown first. */
export function waysTo(reached: Reached): Way[] {
  const { address, protocol } = reached.target;
  if (address === null) return [];
  if (protocol === 'postgres') return postgresWays(reached, address);
  if (protocol === 'aws') return awsWays(reached, address);
  if (protocol === 'mcp') return mcpWays(reached, address);
  return httpWays(reached, address);
}

function postgresWays({ target, ticket, caFile }: Reached, address: string): Way[] {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  const database = target.name;
  const root = caFile ?? 'system';
  const url = `postgresql://me@${address}/${encodeURIComponent(database)}?sslmode=verify-full&sslrootcert=${root}`;
  const trust = caFile === undefined ? 'true' : `{ ca: readFileSync(${js(caFile)}) }`;
  return [
    {
      name: 'psql',
      text: `export PGPASSWORD=${sh(ticket)}\npsql ${sh(`host=${host} port=${port} dbname=${conninfo(database)} user=me sslmode=verify-full sslrootcert=${root}`)}`,
    },
    {
      name: 'Environment',
      text: [
        `export PGHOST=${sh(host)} PGPORT=${port} PGDATABASE=${sh(database)} PGUSER=me`,
        `export PGSSLMODE=verify-full PGSSLROOTCERT=${sh(root)}`,
        `export PGPASSWORD=${sh(ticket)}`,
      ].join('\n'),
    },
    {
      name: 'psycopg',
      text: [
        'import psycopg  # pip install "psycopg[binary]"',
        '',
        'connection = psycopg.connect(',
        `    host=${py(host)}, port=${port}, dbname=${py(database)}, user="me",`,
        `    sslmode="verify-full", sslrootcert=${py(root)},`,
        `    password=${py(ticket)},`,
        ')',
      ].join('\n'),
    },
    {
      name: 'SQLAlchemy',
      text: [
        'from sqlalchemy import URL, create_engine',
        '',
        'engine = create_engine(URL.create(',
        `    "postgresql+psycopg", host=${py(host)}, port=${port}, database=${py(database)},`,
        `    username="me", password=${py(ticket)},`,
        `    query={"sslmode": "verify-full", "sslrootcert": ${py(root)}},`,
        '))',
      ].join('\n'),
    },
    {
      name: 'JDBC',
      text: [
        `String url = ${js(`jdbc:postgresql://${address}/${database}?sslmode=verify-full${caFile === undefined ? '' : `&sslrootcert=${caFile}`}`)};`,
        `Connection connection = DriverManager.getConnection(url, "me", ${js(ticket)});`,
      ].join('\n'),
    },
    {
      name: 'Node',
      text: [
        ...(caFile === undefined ? [] : ["import { readFileSync } from 'node:fs';"]),
        "import { Client } from 'pg';",
        '',
        'const client = new Client({',
        `  host: ${js(host)}, port: ${port}, database: ${js(database)}, user: 'me',`,
        `  password: ${js(ticket)},`,
        `  ssl: ${trust},`,
        '});',
        'await client.connect();',
      ].join('\n'),
    },
    {
      name: 'CrewAI',
      text: [
        'from crewai import Agent',
        'from crewai_tools import NL2SQLTool  # pip install "crewai-tools" "psycopg2-binary"',
        '',
        'shop = NL2SQLTool(',
        `    db_uri=${py(url.replace('postgresql://me@', `postgresql://me:${encodeURIComponent(ticket)}@`))},`,
        ')',
        'agent = Agent(role="clerk", goal="Answer from the database.", backstory="", tools=[shop])',
      ].join('\n'),
    },
  ];
}

function httpWays({ ticket, caFile }: Reached, address: string): Way[] {
  return [
    {
      name: 'curl',
      text: [
        `export SALLYPORT_TICKET=${sh(ticket)}`,
        `curl ${caFile === undefined ? '' : `--cacert ${caFile} `}-H "Authorization: Bearer $SALLYPORT_TICKET" ${sh(`${address}/`)}`,
      ].join('\n'),
    },
    {
      name: 'Python',
      text: [
        'import requests',
        '',
        'session = requests.Session()',
        `session.headers["Authorization"] = ${py(`Bearer ${ticket}`)}`,
        ...(caFile === undefined ? [] : [`session.verify = ${py(caFile)}`]),
        `print(session.get(${py(`${address}/`)}).text)`,
      ].join('\n'),
    },
    {
      name: 'Node',
      text: [
        ...(caFile === undefined ? [] : [`// NODE_EXTRA_CA_CERTS=${caFile} node this-file.mjs`]),
        `const answer = await fetch(${js(`${address}/`)}, {`,
        `  headers: { authorization: ${js(`Bearer ${ticket}`)} },`,
        '});',
        'console.log(await answer.text());',
      ].join('\n'),
    },
    {
      name: 'CrewAI',
      text: [
        'import requests',
        'from crewai.tools import tool',
        '',
        '@tool("ask the API")',
        'def ask(path: str) -> str:',
        '    """GETs a path of the API."""',
        `    headers = {"Authorization": ${py(`Bearer ${ticket}`)}}`,
        `    return requests.get(${py(`${address}/`)} + path, headers=headers${caFile === undefined ? '' : `, verify=${py(caFile)}`}).text`,
      ].join('\n'),
    },
  ];
}

/** `spt_`, and the two halves of a ticket, which are a pair of AWS keys. */
const ticketForm = /^spt_(.{22})(.{43})$/;

function awsWays({ target, ticket, caFile }: Reached, address: string): Way[] {
  const [, id = `${ticket}_ID`, secret = `${ticket}_SECRET`] = ticketForm.exec(ticket) ?? [];
  return [
    {
      name: 'Environment',
      text: [
        `export AWS_ENDPOINT_URL=${sh(address)}`,
        ...(caFile === undefined ? [] : [`export AWS_CA_BUNDLE=${caFile}`]),
        `export AWS_ACCESS_KEY_ID=${sh(id)} AWS_SECRET_ACCESS_KEY=${sh(secret)}`,
        'unset AWS_SESSION_TOKEN AWS_PROFILE',
      ].join('\n'),
    },
    {
      name: '~/.aws/config',
      text: [
        '# Fetches tickets by itself; sallyport login makes the first.',
        `[profile ${target.name}]`,
        `endpoint_url = ${address}`,
        ...(caFile === undefined ? [] : [`ca_bundle = ${caFile}`]),
        `credential_process = sallyport aws-credentials --target ${sh(target.name)}`,
      ].join('\n'),
    },
    {
      name: 'boto3',
      text: [
        'import boto3',
        '',
        's3 = boto3.client(',
        `    "s3", endpoint_url=${py(address)}${caFile === undefined ? '' : `, verify=${py(caFile)}`},`,
        `    aws_access_key_id=${py(id)},`,
        `    aws_secret_access_key=${py(secret)},`,
        ')',
      ].join('\n'),
    },
  ];
}

function mcpWays({ target, ticket, caFile }: Reached, address: string): Way[] {
  const server = { url: address, headers: { Authorization: `Bearer ${ticket}` } };
  return [
    {
      name: 'Any client',
      text: JSON.stringify({ mcpServers: { [target.name]: { type: 'http', ...server } } }, undefined, 2),
    },
    {
      name: 'CrewAI',
      text: [
        ...(caFile === undefined ? [] : [`# SSL_CERT_FILE=${caFile} python this_file.py`]),
        'from crewai import Agent',
        'from crewai_tools import MCPServerAdapter',
        '',
        `server = {"url": ${py(address)}, "transport": "streamable-http",`,
        `          "headers": {"Authorization": ${py(`Bearer ${ticket}`)}}}`,
        'with MCPServerAdapter(server) as tools:',
        '    agent = Agent(role="clerk", goal="Help.", backstory="", tools=tools)',
      ].join('\n'),
    },
  ];
}

/** Quoted for a shell, for Python and Java, for JavaScript and Java. */
function sh(text: string): string {
  return /^[\w.:/@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A value among `name=value`: https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE */
function conninfo(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}

function py(text: string): string {
  return JSON.stringify(text);
}

function js(text: string): string {
  return JSON.stringify(text);
}
