// Written by scripts/aws-models.ts, from AWS's service models.

export const xray = `
POST /CancelTraceRetrieval CancelTraceRetrieval
POST /CreateGroup CreateGroup GroupName
POST /CreateSamplingRule CreateSamplingRule
POST /DeleteGroup DeleteGroup GroupARN GroupName
POST /DeleteResourcePolicy DeleteResourcePolicy PolicyName PolicyRevisionId
POST /DeleteSamplingRule DeleteSamplingRule RuleARN RuleName
POST /EncryptionConfig GetEncryptionConfig
POST /GetGroup GetGroup GroupARN GroupName
POST /GetIndexingRules GetIndexingRules
POST /GetRetrievedTracesGraph GetRetrievedTracesGraph
POST /GetSamplingRules GetSamplingRules
POST /GetTraceSegmentDestination GetTraceSegmentDestination
POST /Groups GetGroups
POST /Insight GetInsight InsightId
POST /InsightEvents GetInsightEvents InsightId
POST /InsightImpactGraph GetInsightImpactGraph InsightId
POST /InsightSummaries GetInsightSummaries GroupARN GroupName
POST /ListResourcePolicies ListResourcePolicies
POST /ListRetrievedTraces ListRetrievedTraces
POST /ListTagsForResource ListTagsForResource ResourceARN
POST /PutEncryptionConfig PutEncryptionConfig KeyId
POST /PutResourcePolicy PutResourcePolicy PolicyName PolicyRevisionId
POST /SamplingStatisticSummaries GetSamplingStatisticSummaries
POST /SamplingTargets GetSamplingTargets
POST /ServiceGraph GetServiceGraph GroupARN GroupName
POST /StartTraceRetrieval StartTraceRetrieval TraceIds
POST /TagResource TagResource ResourceARN
POST /TelemetryRecords PutTelemetryRecords EC2InstanceId Hostname ResourceARN
POST /TimeSeriesServiceStatistics GetTimeSeriesServiceStatistics GroupARN GroupName
POST /TraceGraph GetTraceGraph TraceIds
POST /TraceSegments PutTraceSegments
POST /TraceSummaries GetTraceSummaries
POST /Traces BatchGetTraces TraceIds
POST /UntagResource UntagResource ResourceARN
POST /UpdateGroup UpdateGroup GroupARN GroupName
POST /UpdateIndexingRule UpdateIndexingRule Name
POST /UpdateSamplingRule UpdateSamplingRule
POST /UpdateTraceSegmentDestination UpdateTraceSegmentDestination
`;
