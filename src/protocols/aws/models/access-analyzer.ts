// Written by scripts/aws-models.ts, from AWS's service models.

export const accessAnalyzer = `
DELETE /analyzer/{analyzerName} DeleteAnalyzer
DELETE /analyzer/{analyzerName}/archive-rule/{ruleName} DeleteArchiveRule
DELETE /service-linked-analyzer/{analyzerName} DeleteServiceLinkedAnalyzer
DELETE /tags/{resourceArn} UntagResource
GET /access-preview ListAccessPreviews ?analyzerArn
GET /access-preview/{accessPreviewId} GetAccessPreview ?analyzerArn
GET /analyzed-resource GetAnalyzedResource ?analyzerArn ?resourceArn
GET /analyzer ListAnalyzers
GET /analyzer/{analyzerName} GetAnalyzer
GET /analyzer/{analyzerName}/archive-rule ListArchiveRules
GET /analyzer/{analyzerName}/archive-rule/{ruleName} GetArchiveRule
GET /finding/{id} GetFinding ?analyzerArn
GET /findingv2/{id} GetFindingV2 ?analyzerArn
GET /policy/generation ListPolicyGenerations ?principalArn
GET /policy/generation/{jobId} GetGeneratedPolicy
GET /recommendation/{id} GetFindingRecommendation ?analyzerArn
GET /tags/{resourceArn} ListTagsForResource
POST /access-preview/{accessPreviewId} ListAccessPreviewFindings analyzerArn
POST /analyzed-resource ListAnalyzedResources analyzerArn
POST /analyzer/findings/statistics GetFindingsStatistics analyzerArn
POST /finding ListFindings analyzerArn
POST /findingv2 ListFindingsV2 analyzerArn
POST /policy/check-access-not-granted CheckAccessNotGranted
POST /policy/check-no-new-access CheckNoNewAccess
POST /policy/check-no-public-access CheckNoPublicAccess
POST /policy/validation ValidatePolicy
POST /recommendation/{id} GenerateFindingRecommendation ?analyzerArn
POST /resource/scan StartResourceScan analyzerArn resourceArn
POST /tags/{resourceArn} TagResource
PUT /access-preview CreateAccessPreview analyzerArn
PUT /analyzer CreateAnalyzer analyzerName
PUT /analyzer/{analyzerName} UpdateAnalyzer
PUT /analyzer/{analyzerName}/archive-rule CreateArchiveRule ruleName
PUT /analyzer/{analyzerName}/archive-rule/{ruleName} UpdateArchiveRule
PUT /archive-rule ApplyArchiveRule analyzerArn ruleName
PUT /finding UpdateFindings analyzerArn ids resourceArn
PUT /policy/generation StartPolicyGeneration
PUT /policy/generation/{jobId} CancelPolicyGeneration
PUT /service-linked-analyzer CreateServiceLinkedAnalyzer
`;
