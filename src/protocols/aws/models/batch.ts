// Written by scripts/aws-models.ts, from AWS's service models.

export const batch = `
DELETE /v1/tags/{resourceArn} UntagResource
GET /v1/tags/{resourceArn} ListTagsForResource
POST /v1/canceljob CancelJob jobId
POST /v1/createcomputeenvironment CreateComputeEnvironment computeEnvironmentName
POST /v1/createconsumableresource CreateConsumableResource consumableResourceName
POST /v1/createjobqueue CreateJobQueue jobQueueName schedulingPolicyArn
POST /v1/createquotashare CreateQuotaShare quotaShareName
POST /v1/createschedulingpolicy CreateSchedulingPolicy name
POST /v1/createserviceenvironment CreateServiceEnvironment serviceEnvironmentName
POST /v1/deletecomputeenvironment DeleteComputeEnvironment
POST /v1/deleteconsumableresource DeleteConsumableResource
POST /v1/deletejobqueue DeleteJobQueue
POST /v1/deletequotashare DeleteQuotaShare quotaShareArn
POST /v1/deleteschedulingpolicy DeleteSchedulingPolicy arn
POST /v1/deleteserviceenvironment DeleteServiceEnvironment
POST /v1/deregisterjobdefinition DeregisterJobDefinition
POST /v1/describecomputeenvironments DescribeComputeEnvironments
POST /v1/describeconsumableresource DescribeConsumableResource
POST /v1/describejobdefinitions DescribeJobDefinitions jobDefinitionName
POST /v1/describejobqueues DescribeJobQueues
POST /v1/describejobs DescribeJobs
POST /v1/describequotashare DescribeQuotaShare quotaShareArn
POST /v1/describeschedulingpolicies DescribeSchedulingPolicies arns
POST /v1/describeserviceenvironments DescribeServiceEnvironments
POST /v1/describeservicejob DescribeServiceJob jobId
POST /v1/getjobqueuesnapshot GetJobQueueSnapshot
POST /v1/listconsumableresources ListConsumableResources
POST /v1/listjobs ListJobs arrayJobId multiNodeJobId
POST /v1/listjobsbyconsumableresource ListJobsByConsumableResource
POST /v1/listquotashares ListQuotaShares
POST /v1/listschedulingpolicies ListSchedulingPolicies
POST /v1/listservicejobs ListServiceJobs
POST /v1/registerjobdefinition RegisterJobDefinition jobDefinitionName
POST /v1/submitjob SubmitJob jobName shareIdentifier
POST /v1/submitservicejob SubmitServiceJob jobName quotaShareName shareIdentifier
POST /v1/tags/{resourceArn} TagResource
POST /v1/terminatejob TerminateJob jobId
POST /v1/terminateservicejob TerminateServiceJob jobId
POST /v1/updatecomputeenvironment UpdateComputeEnvironment
POST /v1/updateconsumableresource UpdateConsumableResource
POST /v1/updatejobqueue UpdateJobQueue schedulingPolicyArn
POST /v1/updatequotashare UpdateQuotaShare quotaShareArn
POST /v1/updateschedulingpolicy UpdateSchedulingPolicy arn
POST /v1/updateserviceenvironment UpdateServiceEnvironment
POST /v1/updateservicejob UpdateServiceJob jobId
`;
