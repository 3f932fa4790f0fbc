import { partitionOf } from '../../wire/aws/arn.ts';

/** One service, by the name that it signs by. Names, protocols and hosts are those of AWS's service models. */
export interface Service {
  /** What its actions begin with in policies; absent: the name that it signs by. */
  readonly iam?: string;
  /** What its host begins with; absent: the name that it signs by. */
  readonly host?: string;
  /** It has one endpoint for all regions, and signs for us-east-1. */
  readonly isGlobal?: true;
  /** It takes forms with `Action`, or did; EC2 answers them in its own way. */
  readonly query?: 'query' | 'ec2';
  /** What `X-Amz-Target` begins with, and the host, where that is another one. */
  readonly targets?: Readonly<Record<string, { readonly host?: string }>>;
  /** The service's name in the paths of RPC v2. */
  readonly rpc?: string;
  /** Its operations that have paths take XML, which is not looked into. */
  readonly isXml?: true;
}

const here = {};

/** What they do is in models/, by the same names. */
const services: Readonly<Record<string, Service>> = {
  'access-analyzer': here,
  acm: { targets: { CertificateManager: here } },
  'application-autoscaling': { targets: { AnyScaleFrontendService: here } },
  athena: { targets: { AmazonAthena: here } },
  autoscaling: { query: 'query' },
  batch: here,
  bedrock: here,
  cloudformation: { query: 'query' },
  cloudtrail: {
    targets: {
      'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101': here,
      CloudTrail_20131101: here,
    },
  },
  codebuild: { targets: { CodeBuild_20161006: here } },
  'cognito-identity': { targets: { AWSCognitoIdentityService: here } },
  'cognito-idp': { targets: { AWSCognitoIdentityProviderService: here } },
  config: { targets: { StarlingDoveService: here } },
  dynamodb: {
    targets: {
      DynamoDB_20120810: here,
      DynamoDBStreams_20120810: { host: 'streams.dynamodb' },
    },
  },
  ec2: { query: 'ec2' },
  ecr: { host: 'api.ecr', targets: { AmazonEC2ContainerRegistry_V20150921: here } },
  ecs: { targets: { AmazonEC2ContainerServiceV20141113: here } },
  eks: here,
  elasticache: { query: 'query' },
  elasticfilesystem: here,
  elasticloadbalancing: { query: 'query' },
  elasticmapreduce: { targets: { ElasticMapReduce: here } },
  es: here,
  events: { targets: { AWSEvents: here } },
  firehose: { targets: { Firehose_20150804: here } },
  glue: { targets: { AWSGlue: here } },
  iam: { isGlobal: true, query: 'query' },
  kinesis: { targets: { Kinesis_20131202: here } },
  kms: { targets: { TrentService: here } },
  lambda: here,
  logs: { targets: { Logs_20140328: here } },
  monitoring: {
    iam: 'cloudwatch',
    query: 'query',
    targets: { GraniteServiceVersion20100801: here },
    rpc: 'GraniteServiceVersion20100801',
  },
  organizations: { isGlobal: true, targets: { AWSOrganizationsV20161128: here } },
  pipes: here,
  rds: { query: 'query' },
  'rds-data': here,
  redshift: { query: 'query' },
  'redshift-data': { targets: { RedshiftData: here } },
  'resource-groups': here,
  route53: { isGlobal: true, isXml: true },
  s3: here,
  sagemaker: { host: 'api.sagemaker', targets: { SageMaker: here } },
  scheduler: here,
  secretsmanager: { targets: { secretsmanager: here } },
  ses: { host: 'email', query: 'query' },
  sns: { query: 'query' },
  sqs: { query: 'query', targets: { AmazonSQS: here } },
  ssm: { targets: { AmazonSSM: here } },
  states: { targets: { AWSStepFunctions: here } },
  sts: { query: 'query' },
  tagging: { iam: 'tag', targets: { ResourceGroupsTaggingAPI_20170126: here } },
  xray: here,
};

/** Undefined: one that is not known here, of which nobody can tell what is asked. */
export function serviceNamed(name: string): Service | undefined {
  return Object.hasOwn(services, name) ? services[name] : undefined;
}

/** Where a service answers, without a scheme. */
export function hostOf(signingName: string, region: string, host = serviceNamed(signingName)?.host): string {
  const { name, domain } = partitionOf(region);
  const first = host ?? signingName;
  return serviceNamed(signingName)?.isGlobal === true && name === 'aws'
    ? `${first}.${domain}`
    : `${first}.${region}.${domain}`;
}
