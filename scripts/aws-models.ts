import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { couldName } from '../src/protocols/aws/resources.ts';

// Writes src/protocols/aws/models/ anew, from AWS's service models as botocore has them:
//   pip install botocore
//   node scripts/aws-models.ts "$(python3 -c 'import botocore, os; print(os.path.dirname(botocore.__file__))')"
// Of each operation it keeps what the gateway asks: where it is, and which of its members could name a resource.

/** Folders of botocore, by the name that their services sign by. What is of several services in one is one to a client. */
const folders: Readonly<Record<string, readonly string[]>> = {
  'access-analyzer': ['accessanalyzer'],
  acm: ['acm'],
  'application-autoscaling': ['application-autoscaling'],
  athena: ['athena'],
  autoscaling: ['autoscaling'],
  batch: ['batch'],
  bedrock: ['bedrock', 'bedrock-runtime'],
  cloudformation: ['cloudformation'],
  cloudtrail: ['cloudtrail'],
  codebuild: ['codebuild'],
  'cognito-identity': ['cognito-identity'],
  'cognito-idp': ['cognito-idp'],
  config: ['config'],
  dynamodb: ['dynamodb', 'dynamodbstreams'],
  ec2: ['ec2'],
  ecr: ['ecr'],
  ecs: ['ecs'],
  eks: ['eks'],
  elasticache: ['elasticache'],
  elasticfilesystem: ['efs'],
  elasticloadbalancing: ['elb', 'elbv2'],
  elasticmapreduce: ['emr'],
  es: ['es', 'opensearch'],
  events: ['events'],
  firehose: ['firehose'],
  glue: ['glue'],
  iam: ['iam'],
  kinesis: ['kinesis'],
  kms: ['kms'],
  lambda: ['lambda'],
  logs: ['logs'],
  monitoring: ['cloudwatch'],
  organizations: ['organizations'],
  pipes: ['pipes'],
  rds: ['rds', 'docdb', 'neptune'],
  'rds-data': ['rds-data'],
  redshift: ['redshift'],
  'redshift-data': ['redshift-data'],
  'resource-groups': ['resource-groups'],
  route53: ['route53'],
  sagemaker: ['sagemaker'],
  scheduler: ['scheduler'],
  secretsmanager: ['secretsmanager'],
  ses: ['ses', 'sesv2'],
  sns: ['sns'],
  sqs: ['sqs'],
  ssm: ['ssm'],
  states: ['stepfunctions'],
  sts: ['sts'],
  tagging: ['resourcegroupstaggingapi'],
  xray: ['xray'],
};

interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, Member>>;
  readonly member?: { readonly locationName?: string };
  readonly flattened?: boolean;
  readonly payload?: string;
}

interface Member {
  readonly shape: string;
  readonly location?: string;
  readonly locationName?: string;
  readonly queryName?: string;
}

interface Model {
  readonly metadata: { readonly protocol: string; readonly endpointPrefix: string };
  readonly operations: Readonly<
    Record<
      string,
      { readonly http: { method: string; requestUri: string }; readonly input?: { readonly shape: string } }
    >
  >;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const [, , botocore = ''] = process.argv;
const into = resolve(import.meta.dirname, '../src/protocols/aws/models');
const head = "// Written by scripts/aws-models.ts, from AWS's service models.\n\n";
for (const [service, names] of Object.entries(folders)) {
  const models = names.map(newest);
  const hosts = new Set(models.map(({ metadata }) => metadata.endpointPrefix));
  const lines = merged(models.flatMap((model) => linesOf(service, model, hosts.size > 1)));
  writeFileSync(
    join(into, `${service}.ts`),
    `${head}export const ${constant(service)} = \`\n${lines.join('\n')}\n\`;\n`,
  );
}
const all = Object.keys(folders);
writeFileSync(
  join(into, 'all.ts'),
  [
    `${head}/** By the names that services sign by; each is read when it is first asked. */`,
    'export const models: Readonly<Record<string, () => Promise<string>>> = {',
    ...all.map((service) => {
      const name = service.includes('-') ? `'${service}'` : service;
      return `  ${name}: async () => (await import('./${service}.ts')).${constant(service)},`;
    }),
    '};\n',
  ].join('\n'),
);

function constant(service: string): string {
  return service.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function newest(name: string): Model {
  const folder = join(botocore, 'data', name);
  const date = readdirSync(folder).toSorted().at(-1) ?? '';
  const file = join(folder, date, 'service-2.json');
  const text = existsSync(file) ? readFileSync(file) : gunzipSync(readFileSync(`${file}.gz`));
  return JSON.parse(text.toString()) as Model;
}

/** `Operation Member …`, with `METHOD /path` in front where that says which operation is meant, and its host of several. */
function linesOf(service: string, model: Model, hasHosts: boolean): string[] {
  const { protocol, endpointPrefix } = model.metadata;
  return Object.entries(model.operations).flatMap(([operation, { http, input }]) => {
    const shape = input && model.shapes[input.shape];
    const members = Object.entries(shape?.members ?? {});
    const isRest = protocol.startsWith('rest-');
    const words = members.flatMap(([name, member]) => wordOf(service, model, { name, member, isRest }));
    const payload = shape?.payload === undefined ? undefined : shape.members?.[shape.payload];
    const isOpen = payload !== undefined && model.shapes[payload.shape]?.type !== 'structure';
    const line = [operation, ...(isOpen ? ['*'] : []), ...words.toSorted()];
    if (!isRest) return words.length === 0 ? [] : [line.join(' ')];
    const host = hasHosts ? [`@${endpointPrefix}`] : [];
    return [[http.method, http.requestUri, ...line, ...host].join(' ')];
  });
}

/** As a member is written in requests: `?name` in the query, `name` in the body. Labels are in the path, and no field names one. */
function wordOf(
  service: string,
  model: Model,
  { name, member, isRest }: { readonly name: string; readonly member: Member; readonly isRest: boolean },
): string[] {
  const { protocol } = model.metadata;
  if (isRest && (member.location === 'uri' || member.location === 'header')) return [];
  const written = isRest ? (member.locationName ?? name) : writtenInForm(protocol, model, name, member);
  if (!couldName(service, written)) return [];
  return [isRest && member.location === 'querystring' ? `?${written}` : written];
}

/** https://smithy.io/2.0/aws/protocols/aws-query-protocol.html, aws-ec2-query-protocol.html */
function writtenInForm(protocol: string, { shapes }: Model, name: string, member: Member): string {
  const { queryName, locationName = name, shape } = member;
  if (protocol === 'ec2') return queryName ?? locationName.replace(/^./, (first) => first.toUpperCase());
  if (protocol !== 'query') return name;
  const { flattened, member: each } = shapes[shape] ?? {};
  return flattened === true ? (each?.locationName ?? locationName) : locationName;
}

/** Services that share a name have some operations in common. */
function merged(lines: readonly string[]): string[] {
  const known = new Map<string, string[]>();
  for (const line of lines) {
    const [, operation = '', words = ''] = /^((?:[A-Z]+ \/\S* )?\w+) ?(.*)$/.exec(line) ?? [];
    const before = known.get(operation) ?? [];
    known.set(operation, [...new Set([...before, ...words.split(' ').filter((word) => word !== '')])]);
  }
  return [...known].map(([operation, words]) => [operation, ...words].join(' ')).toSorted();
}
