// Written by scripts/aws-models.ts, from AWS's service models.

export const sqs = `
AddPermission AWSAccountIds QueueUrl
ChangeMessageVisibility QueueUrl
ChangeMessageVisibilityBatch QueueUrl
CreateQueue QueueName
DeleteMessage QueueUrl
DeleteMessageBatch QueueUrl
DeleteQueue QueueUrl
GetQueueAttributes QueueUrl
GetQueueUrl QueueName QueueOwnerAWSAccountId
ListDeadLetterSourceQueues QueueUrl
ListMessageMoveTasks SourceArn
ListQueueTags QueueUrl
PurgeQueue QueueUrl
ReceiveMessage QueueUrl
RemovePermission QueueUrl
SendMessage QueueUrl
SendMessageBatch QueueUrl
SetQueueAttributes QueueUrl
StartMessageMoveTask DestinationArn SourceArn
TagQueue QueueUrl
UntagQueue QueueUrl
`;
