import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EffectKind } from '../../core/effect.ts';
import { kindOf } from './kinds.ts';

// What AWS itself calls a read or a write, and opens more than that.
const rows: readonly [action: string, kind: EffectKind][] = [
  ['ssm:GetParameter', 'read'],
  ['ssm:GetAccessToken', 'access'],
  ['redshift:GetIdentityCenterAuthToken', 'access'],
  ['glue:GetConnections', 'access'],
  ['cognito-idp:DescribeUserPoolClient', 'access'],
  ['cognito-idp:AdminInitiateAuth', 'access'],
  ['ecr:GetDownloadUrlForLayer', 'access'],
  ['elasticmapreduce:GetClusterSessionCredentials', 'access'],
  ['sagemaker:CreatePresignedDomainUrl', 'access'],
  ['ssm:DescribeAssociation', 'read'],
  ['ssm:CreateAssociationBatch', 'execute'],
  ['ssm:UpdateAssociation', 'execute'],
  ['ssm:UpdateAssociationStatus', 'write'],
  ['ssm:StartAssociationsOnce', 'execute'],
  ['ssm:RegisterTaskWithMaintenanceWindow', 'execute'],
  ['athena:StartCalculationExecution', 'execute'],
  ['glue:RunStatement', 'execute'],
  ['codebuild:RetryBuild', 'execute'],
];

for (const [action, kind] of rows) {
  test(`${action} is ${kind}`, async () => {
    const [service = '', name = ''] = action.split(':');
    assert.equal(await kindOf(service, name), kind);
  });
}
