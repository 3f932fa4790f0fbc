// Written by scripts/aws-models.ts, from AWS's service models.

import { accessAnalyzer } from './access-analyzer.ts';
import { acm } from './acm.ts';
import { applicationAutoscaling } from './application-autoscaling.ts';
import { athena } from './athena.ts';
import { autoscaling } from './autoscaling.ts';
import { batch } from './batch.ts';
import { bedrock } from './bedrock.ts';
import { cloudformation } from './cloudformation.ts';
import { cloudtrail } from './cloudtrail.ts';
import { codebuild } from './codebuild.ts';
import { cognitoIdentity } from './cognito-identity.ts';
import { cognitoIdp } from './cognito-idp.ts';
import { config } from './config.ts';
import { dynamodb } from './dynamodb.ts';
import { ec2 } from './ec2.ts';
import { ecr } from './ecr.ts';
import { ecs } from './ecs.ts';
import { eks } from './eks.ts';
import { elasticache } from './elasticache.ts';
import { elasticfilesystem } from './elasticfilesystem.ts';
import { elasticloadbalancing } from './elasticloadbalancing.ts';
import { elasticmapreduce } from './elasticmapreduce.ts';
import { es } from './es.ts';
import { events } from './events.ts';
import { firehose } from './firehose.ts';
import { glue } from './glue.ts';
import { iam } from './iam.ts';
import { kinesis } from './kinesis.ts';
import { kms } from './kms.ts';
import { lambda } from './lambda.ts';
import { logs } from './logs.ts';
import { monitoring } from './monitoring.ts';
import { organizations } from './organizations.ts';
import { pipes } from './pipes.ts';
import { rds } from './rds.ts';
import { rdsData } from './rds-data.ts';
import { redshift } from './redshift.ts';
import { redshiftData } from './redshift-data.ts';
import { resourceGroups } from './resource-groups.ts';
import { route53 } from './route53.ts';
import { sagemaker } from './sagemaker.ts';
import { scheduler } from './scheduler.ts';
import { secretsmanager } from './secretsmanager.ts';
import { ses } from './ses.ts';
import { sns } from './sns.ts';
import { sqs } from './sqs.ts';
import { ssm } from './ssm.ts';
import { states } from './states.ts';
import { sts } from './sts.ts';
import { tagging } from './tagging.ts';
import { xray } from './xray.ts';

/** By the names that services sign by. */
export const models: Readonly<Record<string, string>> = {
  'access-analyzer': accessAnalyzer,
  acm,
  'application-autoscaling': applicationAutoscaling,
  athena,
  autoscaling,
  batch,
  bedrock,
  cloudformation,
  cloudtrail,
  codebuild,
  'cognito-identity': cognitoIdentity,
  'cognito-idp': cognitoIdp,
  config,
  dynamodb,
  ec2,
  ecr,
  ecs,
  eks,
  elasticache,
  elasticfilesystem,
  elasticloadbalancing,
  elasticmapreduce,
  es,
  events,
  firehose,
  glue,
  iam,
  kinesis,
  kms,
  lambda,
  logs,
  monitoring,
  organizations,
  pipes,
  rds,
  'rds-data': rdsData,
  redshift,
  'redshift-data': redshiftData,
  'resource-groups': resourceGroups,
  route53,
  sagemaker,
  scheduler,
  secretsmanager,
  ses,
  sns,
  sqs,
  ssm,
  states,
  sts,
  tagging,
  xray,
};
