// Written by scripts/aws-models.ts, from AWS's service models.

export const bedrock = `
DELETE /automated-reasoning-policies/{policyArn} DeleteAutomatedReasoningPolicy @bedrock
DELETE /automated-reasoning-policies/{policyArn}/build-workflows/{buildWorkflowId} DeleteAutomatedReasoningPolicyBuildWorkflow @bedrock
DELETE /automated-reasoning-policies/{policyArn}/test-cases/{testCaseId} DeleteAutomatedReasoningPolicyTestCase @bedrock
DELETE /custom-models/{modelIdentifier} DeleteCustomModel @bedrock
DELETE /enforcedGuardrailsConfiguration/{configId} DeleteEnforcedGuardrailConfiguration @bedrock
DELETE /guardrails/{guardrailIdentifier} DeleteGuardrail @bedrock
DELETE /imported-models/{modelIdentifier} DeleteImportedModel @bedrock
DELETE /inference-profiles/{inferenceProfileIdentifier} DeleteInferenceProfile @bedrock
DELETE /logging/modelinvocations DeleteModelInvocationLoggingConfiguration @bedrock
DELETE /marketplace-model/endpoints/{endpointArn} DeleteMarketplaceModelEndpoint @bedrock
DELETE /marketplace-model/endpoints/{endpointArn}/registration DeregisterMarketplaceModelEndpoint @bedrock
DELETE /model-customization/custom-model-deployments/{customModelDeploymentIdentifier} DeleteCustomModelDeployment @bedrock
DELETE /prompt-routers/{promptRouterArn} DeletePromptRouter @bedrock
DELETE /provisioned-model-throughput/{provisionedModelId} DeleteProvisionedModelThroughput @bedrock
DELETE /resource-policy/{resourceArn} DeleteResourcePolicy @bedrock
GET /advanced-prompt-optimization-jobs ListAdvancedPromptOptimizationJobs @bedrock
GET /advanced-prompt-optimization-jobs/{jobIdentifier} GetAdvancedPromptOptimizationJob @bedrock
GET /async-invoke ListAsyncInvokes @bedrock-runtime
GET /async-invoke/{invocationArn} GetAsyncInvoke @bedrock-runtime
GET /automated-reasoning-policies ListAutomatedReasoningPolicies ?policyArn @bedrock
GET /automated-reasoning-policies/{policyArn} GetAutomatedReasoningPolicy @bedrock
GET /automated-reasoning-policies/{policyArn}/build-workflows ListAutomatedReasoningPolicyBuildWorkflows @bedrock
GET /automated-reasoning-policies/{policyArn}/build-workflows/{buildWorkflowId} GetAutomatedReasoningPolicyBuildWorkflow @bedrock
GET /automated-reasoning-policies/{policyArn}/build-workflows/{buildWorkflowId}/annotations GetAutomatedReasoningPolicyAnnotations @bedrock
GET /automated-reasoning-policies/{policyArn}/build-workflows/{buildWorkflowId}/result-assets GetAutomatedReasoningPolicyBuildWorkflowResultAssets ?assetId @bedrock
GET /automated-reasoning-policies/{policyArn}/build-workflows/{buildWorkflowId}/scenarios GetAutomatedReasoningPolicyNextScenario @bedrock
GET /automated-reasoning-policies/{policyArn}/build-workflows/{buildWorkflowId}/test-cases/{testCaseId}/test-results GetAutomatedReasoningPolicyTestResult @bedrock
GET /automated-reasoning-policies/{policyArn}/build-workflows/{buildWorkflowId}/test-results ListAutomatedReasoningPolicyTestResults @bedrock
GET /automated-reasoning-policies/{policyArn}/export ExportAutomatedReasoningPolicyVersion @bedrock
GET /automated-reasoning-policies/{policyArn}/test-cases ListAutomatedReasoningPolicyTestCases @bedrock
GET /automated-reasoning-policies/{policyArn}/test-cases/{testCaseId} GetAutomatedReasoningPolicyTestCase @bedrock
GET /custom-models ListCustomModels @bedrock
GET /custom-models/{modelIdentifier} GetCustomModel @bedrock
GET /enforcedGuardrailsConfiguration ListEnforcedGuardrailsConfiguration @bedrock
GET /evaluation-jobs ListEvaluationJobs @bedrock
GET /evaluation-jobs/{jobIdentifier} GetEvaluationJob @bedrock
GET /foundation-model-availability/{modelId} GetFoundationModelAvailability @bedrock
GET /foundation-models ListFoundationModels @bedrock
GET /foundation-models/{modelIdentifier} GetFoundationModel @bedrock
GET /guardrails ListGuardrails ?guardrailIdentifier @bedrock
GET /guardrails/{guardrailIdentifier} GetGuardrail @bedrock
GET /imported-models ListImportedModels @bedrock
GET /imported-models/{modelIdentifier} GetImportedModel @bedrock
GET /inference-profiles ListInferenceProfiles @bedrock
GET /inference-profiles/{inferenceProfileIdentifier} GetInferenceProfile @bedrock
GET /list-foundation-model-agreement-offers/{modelId} ListFoundationModelAgreementOffers @bedrock
GET /logging/modelinvocations GetModelInvocationLoggingConfiguration @bedrock
GET /marketplace-model/endpoints ListMarketplaceModelEndpoints ?modelSourceIdentifier @bedrock
GET /marketplace-model/endpoints/{endpointArn} GetMarketplaceModelEndpoint @bedrock
GET /model-copy-jobs ListModelCopyJobs @bedrock
GET /model-copy-jobs/{jobArn} GetModelCopyJob @bedrock
GET /model-customization-jobs ListModelCustomizationJobs @bedrock
GET /model-customization-jobs/{jobIdentifier} GetModelCustomizationJob @bedrock
GET /model-customization/custom-model-deployments ListCustomModelDeployments @bedrock
GET /model-customization/custom-model-deployments/{customModelDeploymentIdentifier} GetCustomModelDeployment @bedrock
GET /model-import-jobs ListModelImportJobs @bedrock
GET /model-import-jobs/{jobIdentifier} GetModelImportJob @bedrock
GET /model-invocation-job/{jobIdentifier} GetModelInvocationJob @bedrock
GET /model-invocation-jobs ListModelInvocationJobs @bedrock
GET /prompt-routers ListPromptRouters @bedrock
GET /prompt-routers/{promptRouterArn} GetPromptRouter @bedrock
GET /provisioned-model-throughput/{provisionedModelId} GetProvisionedModelThroughput @bedrock
GET /provisioned-model-throughputs ListProvisionedModelThroughputs @bedrock
GET /resource-policy/{resourceArn} GetResourcePolicy @bedrock
GET /use-case-for-model-access GetUseCaseForModelAccess @bedrock
PATCH /automated-reasoning-policies/{policyArn} UpdateAutomatedReasoningPolicy name @bedrock
PATCH /automated-reasoning-policies/{policyArn}/build-workflows/{buildWorkflowId}/annotations UpdateAutomatedReasoningPolicyAnnotations @bedrock
PATCH /automated-reasoning-policies/{policyArn}/test-cases/{testCaseId} UpdateAutomatedReasoningPolicyTestCase @bedrock
PATCH /marketplace-model/endpoints/{endpointArn} UpdateMarketplaceModelEndpoint @bedrock
PATCH /model-customization/custom-model-deployments/{customModelDeploymentIdentifier} UpdateCustomModelDeployment modelArn @bedrock
PATCH /provisioned-model-throughput/{provisionedModelId} UpdateProvisionedModelThroughput desiredModelId desiredProvisionedModelName @bedrock
POST /advanced-prompt-optimization-job/batch-delete BatchDeleteAdvancedPromptOptimizationJob jobIdentifiers @bedrock
POST /advanced-prompt-optimization-jobs CreateAdvancedPromptOptimizationJob encryptionKeyArn jobName @bedrock
POST /advanced-prompt-optimization-jobs/{jobIdentifier}/stop StopAdvancedPromptOptimizationJob @bedrock
POST /async-invoke StartAsyncInvoke modelId @bedrock-runtime
POST /automated-reasoning-policies CreateAutomatedReasoningPolicy kmsKeyId name @bedrock
POST /automated-reasoning-policies/{policyArn}/build-workflows/{buildWorkflowId}/cancel CancelAutomatedReasoningPolicyBuildWorkflow @bedrock
POST /automated-reasoning-policies/{policyArn}/build-workflows/{buildWorkflowId}/test-workflows StartAutomatedReasoningPolicyTestWorkflow testCaseIds @bedrock
POST /automated-reasoning-policies/{policyArn}/build-workflows/{buildWorkflowType}/start StartAutomatedReasoningPolicyBuildWorkflow @bedrock
POST /automated-reasoning-policies/{policyArn}/test-cases CreateAutomatedReasoningPolicyTestCase @bedrock
POST /automated-reasoning-policies/{policyArn}/versions CreateAutomatedReasoningPolicyVersion @bedrock
POST /create-foundation-model-agreement CreateFoundationModelAgreement modelId @bedrock
POST /custom-models/create-custom-model CreateCustomModel modelKmsKeyArn modelName roleArn @bedrock
POST /delete-foundation-model-agreement DeleteFoundationModelAgreement modelId @bedrock
POST /evaluation-job/{jobIdentifier}/stop StopEvaluationJob @bedrock
POST /evaluation-jobs CreateEvaluationJob customerEncryptionKeyId jobName roleArn @bedrock
POST /evaluation-jobs/batch-delete BatchDeleteEvaluationJob jobIdentifiers @bedrock
POST /guardrail/{guardrailIdentifier}/version/{guardrailVersion}/apply ApplyGuardrail @bedrock-runtime
POST /guardrails CreateGuardrail kmsKeyId name @bedrock
POST /guardrails/{guardrailIdentifier} CreateGuardrailVersion @bedrock
POST /inference-profiles CreateInferenceProfile inferenceProfileName @bedrock
POST /listTagsForResource ListTagsForResource resourceARN @bedrock
POST /marketplace-model/endpoints CreateMarketplaceModelEndpoint endpointName modelSourceIdentifier @bedrock
POST /marketplace-model/endpoints/{endpointIdentifier}/registration RegisterMarketplaceModelEndpoint modelSourceIdentifier @bedrock
POST /model-copy-jobs CreateModelCopyJob modelKmsKeyId sourceModelArn targetModelName @bedrock
POST /model-customization-jobs CreateModelCustomizationJob baseModelIdentifier customModelKmsKeyId customModelName jobName roleArn @bedrock
POST /model-customization-jobs/{jobIdentifier}/stop StopModelCustomizationJob @bedrock
POST /model-customization/custom-model-deployments CreateCustomModelDeployment modelArn modelDeploymentName @bedrock
POST /model-import-jobs CreateModelImportJob importedModelKmsKeyId importedModelName jobName roleArn @bedrock
POST /model-invocation-job CreateModelInvocationJob jobName modelId roleArn @bedrock
POST /model-invocation-job/{jobIdentifier}/stop StopModelInvocationJob @bedrock
POST /model/{modelId}/converse Converse @bedrock-runtime
POST /model/{modelId}/converse-stream ConverseStream @bedrock-runtime
POST /model/{modelId}/count-tokens CountTokens @bedrock-runtime
POST /model/{modelId}/invoke InvokeModel * @bedrock-runtime
POST /model/{modelId}/invoke-with-bidirectional-stream InvokeModelWithBidirectionalStream @bedrock-runtime
POST /model/{modelId}/invoke-with-response-stream InvokeModelWithResponseStream * @bedrock-runtime
POST /prompt-routers CreatePromptRouter promptRouterName @bedrock
POST /provisioned-model-throughput CreateProvisionedModelThroughput modelId provisionedModelName @bedrock
POST /resource-policy PutResourcePolicy resourceArn @bedrock
POST /tagResource TagResource resourceARN @bedrock
POST /untagResource UntagResource resourceARN @bedrock
POST /use-case-for-model-access PutUseCaseForModelAccess @bedrock
PUT /enforcedGuardrailsConfiguration PutEnforcedGuardrailConfiguration configId @bedrock
PUT /guardrails/{guardrailIdentifier} UpdateGuardrail kmsKeyId name @bedrock
PUT /logging/modelinvocations PutModelInvocationLoggingConfiguration @bedrock
`;
