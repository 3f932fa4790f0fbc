// Written by scripts/aws-models.ts, from AWS's service models.

export const pipes = `
DELETE /tags/{resourceArn} UntagResource
DELETE /v1/pipes/{Name} DeletePipe
GET /tags/{resourceArn} ListTagsForResource
GET /v1/pipes ListPipes
GET /v1/pipes/{Name} DescribePipe
POST /tags/{resourceArn} TagResource
POST /v1/pipes/{Name} CreatePipe KmsKeyIdentifier RoleArn
POST /v1/pipes/{Name}/start StartPipe
POST /v1/pipes/{Name}/stop StopPipe
PUT /v1/pipes/{Name} UpdatePipe KmsKeyIdentifier RoleArn
`;
