// Written by scripts/aws-models.ts, from AWS's service models.

export const lambda = `
DELETE /2015-03-31/event-source-mappings/{UUID} DeleteEventSourceMapping
DELETE /2015-03-31/functions/{FunctionName} DeleteFunction
DELETE /2015-03-31/functions/{FunctionName}/aliases/{Name} DeleteAlias
DELETE /2015-03-31/functions/{FunctionName}/policy/{StatementId} RemovePermission ?RevisionId
DELETE /2017-03-31/tags/{Resource} UntagResource
DELETE /2017-10-31/functions/{FunctionName}/concurrency DeleteFunctionConcurrency
DELETE /2018-10-31/layers/{LayerName}/versions/{VersionNumber} DeleteLayerVersion
DELETE /2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId} RemoveLayerVersionPermission ?RevisionId
DELETE /2019-09-25/functions/{FunctionName}/event-invoke-config DeleteFunctionEventInvokeConfig
DELETE /2019-09-30/functions/{FunctionName}/provisioned-concurrency DeleteProvisionedConcurrencyConfig
DELETE /2020-04-22/code-signing-configs/{CodeSigningConfigArn} DeleteCodeSigningConfig
DELETE /2020-06-30/functions/{FunctionName}/code-signing-config DeleteFunctionCodeSigningConfig
DELETE /2021-10-31/functions/{FunctionName}/url DeleteFunctionUrlConfig
DELETE /2025-11-30/capacity-providers/{CapacityProviderName} DeleteCapacityProvider
GET /2015-03-31/event-source-mappings ListEventSourceMappings ?EventSourceArn ?FunctionName
GET /2015-03-31/event-source-mappings/{UUID} GetEventSourceMapping
GET /2015-03-31/functions ListFunctions
GET /2015-03-31/functions/{FunctionName} GetFunction
GET /2015-03-31/functions/{FunctionName}/aliases ListAliases
GET /2015-03-31/functions/{FunctionName}/aliases/{Name} GetAlias
GET /2015-03-31/functions/{FunctionName}/configuration GetFunctionConfiguration
GET /2015-03-31/functions/{FunctionName}/policy GetPolicy
GET /2015-03-31/functions/{FunctionName}/versions ListVersionsByFunction
GET /2016-08-19/account-settings GetAccountSettings
GET /2017-03-31/tags/{Resource} ListTags
GET /2018-10-31/layers ListLayers
GET /2018-10-31/layers/{LayerName}/versions ListLayerVersions
GET /2018-10-31/layers/{LayerName}/versions/{VersionNumber} GetLayerVersion
GET /2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy GetLayerVersionPolicy
GET /2018-10-31/layers?find=LayerVersion GetLayerVersionByArn ?Arn
GET /2019-09-25/functions/{FunctionName}/event-invoke-config GetFunctionEventInvokeConfig
GET /2019-09-25/functions/{FunctionName}/event-invoke-config/list ListFunctionEventInvokeConfigs
GET /2019-09-30/functions/{FunctionName}/concurrency GetFunctionConcurrency
GET /2019-09-30/functions/{FunctionName}/provisioned-concurrency GetProvisionedConcurrencyConfig
GET /2019-09-30/functions/{FunctionName}/provisioned-concurrency?List=ALL ListProvisionedConcurrencyConfigs
GET /2020-04-22/code-signing-configs ListCodeSigningConfigs
GET /2020-04-22/code-signing-configs/{CodeSigningConfigArn} GetCodeSigningConfig
GET /2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions ListFunctionsByCodeSigningConfig
GET /2020-06-30/functions/{FunctionName}/code-signing-config GetFunctionCodeSigningConfig
GET /2021-07-20/functions/{FunctionName}/runtime-management-config GetRuntimeManagementConfig
GET /2021-10-31/functions/{FunctionName}/url GetFunctionUrlConfig
GET /2021-10-31/functions/{FunctionName}/urls ListFunctionUrlConfigs
GET /2024-08-31/functions/{FunctionName}/recursion-config GetFunctionRecursionConfig
GET /2025-11-30/capacity-providers ListCapacityProviders
GET /2025-11-30/capacity-providers/{CapacityProviderName} GetCapacityProvider
GET /2025-11-30/capacity-providers/{CapacityProviderName}/function-versions ListFunctionVersionsByCapacityProvider
GET /2025-11-30/functions/{FunctionName}/function-scaling-config GetFunctionScalingConfig
GET /2025-12-01/durable-executions/{DurableExecutionArn} GetDurableExecution
GET /2025-12-01/durable-executions/{DurableExecutionArn}/history GetDurableExecutionHistory
GET /2025-12-01/durable-executions/{DurableExecutionArn}/state GetDurableExecutionState
GET /2025-12-01/functions/{FunctionName}/durable-executions ListDurableExecutionsByFunction ?DurableExecutionName
POST /2014-11-13/functions/{FunctionName}/invoke-async InvokeAsync *
POST /2015-03-31/event-source-mappings CreateEventSourceMapping EventSourceArn FunctionName KMSKeyArn
POST /2015-03-31/functions CreateFunction CodeSigningConfigArn FunctionName KMSKeyArn
POST /2015-03-31/functions/{FunctionName}/aliases CreateAlias Name
POST /2015-03-31/functions/{FunctionName}/invocations Invoke *
POST /2015-03-31/functions/{FunctionName}/policy AddPermission InvokedViaFunctionUrl PrincipalOrgID RevisionId SourceArn
POST /2015-03-31/functions/{FunctionName}/versions PublishVersion RevisionId
POST /2017-03-31/tags/{Resource} TagResource
POST /2018-10-31/layers/{LayerName}/versions PublishLayerVersion
POST /2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy AddLayerVersionPermission ?RevisionId OrganizationId
POST /2019-09-25/functions/{FunctionName}/event-invoke-config UpdateFunctionEventInvokeConfig
POST /2020-04-22/code-signing-configs CreateCodeSigningConfig
POST /2021-10-31/functions/{FunctionName}/url CreateFunctionUrlConfig
POST /2021-11-15/functions/{FunctionName}/response-streaming-invocations InvokeWithResponseStream *
POST /2025-11-30/capacity-providers CreateCapacityProvider CapacityProviderName KmsKeyArn
POST /2025-12-01/durable-execution-callbacks/{CallbackId}/fail SendDurableExecutionCallbackFailure
POST /2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat SendDurableExecutionCallbackHeartbeat
POST /2025-12-01/durable-execution-callbacks/{CallbackId}/succeed SendDurableExecutionCallbackSuccess *
POST /2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint CheckpointDurableExecution
POST /2025-12-01/durable-executions/{DurableExecutionArn}/stop StopDurableExecution
PUT /2015-03-31/event-source-mappings/{UUID} UpdateEventSourceMapping FunctionName KMSKeyArn
PUT /2015-03-31/functions/{FunctionName}/aliases/{Name} UpdateAlias RevisionId
PUT /2015-03-31/functions/{FunctionName}/code UpdateFunctionCode RevisionId SourceKMSKeyArn
PUT /2015-03-31/functions/{FunctionName}/configuration UpdateFunctionConfiguration KMSKeyArn RevisionId
PUT /2017-10-31/functions/{FunctionName}/concurrency PutFunctionConcurrency
PUT /2019-09-25/functions/{FunctionName}/event-invoke-config PutFunctionEventInvokeConfig
PUT /2019-09-30/functions/{FunctionName}/provisioned-concurrency PutProvisionedConcurrencyConfig
PUT /2020-04-22/code-signing-configs/{CodeSigningConfigArn} UpdateCodeSigningConfig
PUT /2020-06-30/functions/{FunctionName}/code-signing-config PutFunctionCodeSigningConfig CodeSigningConfigArn
PUT /2021-07-20/functions/{FunctionName}/runtime-management-config PutRuntimeManagementConfig RuntimeVersionArn
PUT /2021-10-31/functions/{FunctionName}/url UpdateFunctionUrlConfig
PUT /2024-08-31/functions/{FunctionName}/recursion-config PutFunctionRecursionConfig
PUT /2025-11-30/capacity-providers/{CapacityProviderName} UpdateCapacityProvider
PUT /2025-11-30/functions/{FunctionName}/function-scaling-config PutFunctionScalingConfig
`;
