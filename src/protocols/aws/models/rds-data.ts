// Written by scripts/aws-models.ts, from AWS's service models.

export const rdsData = `
POST /BatchExecute BatchExecuteStatement resourceArn secretArn transactionId
POST /BeginTransaction BeginTransaction resourceArn secretArn
POST /CommitTransaction CommitTransaction resourceArn secretArn transactionId
POST /Execute ExecuteStatement resourceArn secretArn transactionId
POST /ExecuteSql ExecuteSql awsSecretStoreArn dbClusterOrInstanceArn
POST /RollbackTransaction RollbackTransaction resourceArn secretArn transactionId
`;
