// Written by scripts/aws-models.ts, from AWS's service models.

export const sts = `
AssumeRole ExternalId PolicyArns RoleArn RoleSessionName
AssumeRoleWithSAML PolicyArns PrincipalArn RoleArn
AssumeRoleWithWebIdentity PolicyArns ProviderId RoleArn RoleSessionName
AssumeRoot TaskPolicyArn
GetAccessKeyInfo AccessKeyId
GetFederationToken Name PolicyArns
`;
