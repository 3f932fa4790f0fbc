// Written by scripts/aws-models.ts, from AWS's service models.

export const redshiftData = `
BatchExecuteStatement ClusterIdentifier SecretArn SessionId StatementName WorkgroupName
CancelStatement Id
DescribeStatement Id
DescribeTable ClusterIdentifier SecretArn WorkgroupName
ExecuteStatement ClusterIdentifier SecretArn SessionId StatementName WorkgroupName
GetStatementResult Id
GetStatementResultV2 Id
ListDatabases ClusterIdentifier SecretArn WorkgroupName
ListSchemas ClusterIdentifier SecretArn WorkgroupName
ListStatements ClusterIdentifier StatementName WorkgroupName
ListTables ClusterIdentifier SecretArn WorkgroupName
`;
