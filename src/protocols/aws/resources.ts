import { isArn } from '../../wire/aws/arn.ts';
import type { Location } from './deed.ts';

/** Parameters by service that name a resource, and the end of its ARN; `{}` is the parameter. */
const named: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  bedrock: { modelId: 'foundation-model/{}' },
  cloudformation: { StackName: 'stack/{}/*' },
  dynamodb: {
    TableName: 'table/{}',
    GlobalTableName: 'table/{}',
    SourceTableName: 'table/{}',
    TargetTableName: 'table/{}',
  },
  ec2: {
    InstanceId: 'instance/{}',
    VolumeId: 'volume/{}',
    SnapshotId: 'snapshot/{}',
    ImageId: 'image/{}',
    VpcId: 'vpc/{}',
    SubnetId: 'subnet/{}',
    GroupId: 'security-group/{}',
    GroupName: 'security-group/*',
    KeyName: 'key-pair/{}',
  },
  ecr: { repositoryName: 'repository/{}', repositoryNames: 'repository/{}' },
  events: { EventBusName: 'event-bus/{}' },
  firehose: { DeliveryStreamName: 'deliverystream/{}' },
  iam: {
    RoleName: 'role/{}',
    UserName: 'user/{}',
    GroupName: 'group/{}',
    InstanceProfileName: 'instance-profile/{}',
    ServerCertificateName: 'server-certificate/{}',
  },
  kinesis: { StreamName: 'stream/{}' },
  kms: { KeyId: 'key/{}' },
  lambda: { FunctionName: 'function:{}', LayerName: 'layer:{}' },
  logs: { logGroupName: 'log-group:{}', logGroupIdentifier: 'log-group:{}' },
  rds: {
    DBInstanceIdentifier: 'db:{}',
    DBClusterIdentifier: 'cluster:{}',
    DBSnapshotIdentifier: 'snapshot:{}',
  },
  secretsmanager: { SecretId: 'secret:{}', Name: 'secret:{}' },
  sns: { Name: '{}' },
  sqs: { QueueName: '{}' },
  ssm: { Name: 'parameter/{}', Names: 'parameter/{}', Path: '*', InstanceIds: '*' },
};

/** Named like resources, but parts of one, or no resource at all. */
const harmless: Readonly<Record<string, RegExp>> = {
  dynamodb: /^(?:IndexName|ExclusiveStartTableName)$/,
  ec2: /^(?:ClientRequestToken)$/,
  iam: /^(?:PolicyName|VersionId|AccessKeyId)$/,
  kinesis: /^ShardId$/,
  kms: /^(?:GrantId)$/,
  lambda: /^(?:StatementId)$/,
  logs: /^(?:logStreamNames?|logStreamNamePrefix)$/,
  secretsmanager: /^(?:VersionId|KmsKeyId)$/,
  sns: /^(?:MessageGroupId|MessageDeduplicationId)$/,
  sqs: /^(?:Message(?:System)?AttributeNames|AttributeNames|MessageGroupId|MessageDeduplicationId|ReceiveRequestAttemptId)$/,
};

/** What else is named, by the way that AWS names parameters. */
const resourceLike = /(?:Name|Arn|ARN|Id|ID|Identifier|Url|URL)s?$|^resource$/i;

/** Services whose resources are in no region. */
const everywhere: ReadonlySet<string> = new Set(['iam', 'organizations', 'sts']);

/**
 * What a request is about, by its parameters. One that nobody can tell stands for all of its service's: `*` in it, which
 * rules that allow must have as well.
 */
export function resourcesOf(
  service: string,
  parameters: ReadonlyMap<string, unknown>,
  at: Location,
): readonly string[] {
  const found = [...parameters].flatMap(([name, value]) => {
    const values = textsOf(value);
    if (Object.hasOwn(named[service] ?? {}, name)) {
      if (values === undefined) return [anyOf(service, at)];
      const form = named[service]?.[name] ?? '*';
      return values.flatMap((text) =>
        resourceNamed(service, form, withQualifier(service, text, parameters), at),
      );
    }
    if (service === 'sqs' && name === 'QueueUrl')
      return values?.map((url) => queueAt(url, at)) ?? [anyOf(service, at)];
    if (!resourceLike.test(name) || harmless[service]?.test(name) === true) return [];
    // A role is handed over: that is an effect of its own.
    if (service !== 'iam' && service !== 'sts' && values?.every(isRole) === true) return [];
    // KMS finds the key of what it decrypts by itself: a name that is not its own may stand for any.
    const isNamed = (text: string): boolean => isArn(text) && service !== 'kms';
    return values?.map((text) => (isNamed(text) ? text : anyOf(service, at))) ?? [anyOf(service, at)];
  });
  return found.length === 0 ? [anyOf(service, at)] : [...new Set(found)];
}

/** Whether a parameter is one that says what a request is about, by its name. */
export function couldName(service: string, name: string): boolean {
  if (Object.hasOwn(named[service] ?? {}, name)) return true;
  return resourceLike.test(name) && harmless[service]?.test(name) !== true;
}

/** What a service may be given to act as. */
export function isRole(text: string): boolean {
  return /^arn:[^:]+:iam::\d{12}:(?:role|instance-profile)\/./.test(text);
}

/** All that a service has. */
export function anyOf(service: string, at: Location): string {
  return arnOf(service, '*', at);
}

export function arnOf(service: string, resource: string, { partition, region, account }: Location): string {
  return `arn:${partition}:${service}:${everywhere.has(service) ? '' : region}:${account}:${resource}`;
}

function resourceNamed(service: string, form: string, given: string, at: Location): string[] {
  // A version or label of a parameter stands behind its name; IAM compares the name.
  const text = service === 'ssm' ? given.replace(/(parameter\/[^:]+|^[^:]+):[^:]*$/, '$1') : given;
  if (text.startsWith('arn:') && service !== 'lambda') return isArn(text) ? [text] : [anyOf(service, at)];
  if (text === '' || !/^[\w+=,.@$/:-]{1,2048}$/.test(text)) return [anyOf(service, at)];
  if (service === 'lambda') return functionNamed(form, text, at);
  if (service === 'bedrock') return modelNamed(text, at);
  // The names of parameters begin with a slash, their ARNs have one of it.
  const name = service === 'ssm' ? text.replace(/^\//, '') : text;
  const isAlias = service === 'kms' && name.startsWith('alias/');
  return [arnOf(service, isAlias ? name : form.replace('{}', () => name), at)];
}

/** A version or alias of a function may stand beside its name as well. */
function withQualifier(service: string, text: string, parameters: ReadonlyMap<string, unknown>): string {
  const qualifier = parameters.get('Qualifier');
  return service === 'lambda' && typeof qualifier === 'string' ? `${text}:${qualifier}` : text;
}

/** `name`, `account:function:name` or an ARN; with a version or alias behind it, it is both the function and that. */
function functionNamed(form: string, text: string, at: Location): string[] {
  const [, arn, account, name = '', qualifier] =
    /^(?:(arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:(?:function|layer):)|(?:(\d{12}):(?:function|layer):))?([\w-]+)(?::([\w$-]+))?$/.exec(
      text,
    ) ?? [];
  if (name === '') return [anyOf('lambda', at)];
  const own = arnOf(
    'lambda',
    form.replace('{}', () => name),
    account === undefined ? at : { ...at, account },
  );
  const plain = arn === undefined ? own : `${arn}${name}`;
  return qualifier === undefined ? [plain] : [plain, `${plain}:${qualifier}`];
}

/** A model, or a profile that stands for it in several regions, whose use is one of both. */
function modelNamed(text: string, at: Location): string[] {
  const [, model] = /^(?:us|us-gov|eu|apac|jp|au|ca|global)\.(.+)$/.exec(text) ?? [];
  const own = { ...at, account: '' };
  if (model === undefined) return [arnOf('bedrock', `foundation-model/${text}`, own)];
  return [
    arnOf('bedrock', `inference-profile/${text}`, at),
    arnOf('bedrock', `foundation-model/${model}`, { ...own, region: '*' }),
  ];
}

function queueAt(url: string, at: Location): string {
  const [, account = '', name = ''] = /\/(\d{12})\/([\w-]{1,80}(?:\.fifo)?)$/.exec(url) ?? [];
  return name === '' ? anyOf('sqs', at) : arnOf('sqs', name, { ...at, account });
}

/** A text, or a list of texts; undefined: anything else, which names nothing that can be told. */
function textsOf(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined;
}
