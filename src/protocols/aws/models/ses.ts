// Written by scripts/aws-models.ts, from AWS's service models.

export const ses = `
CloneReceiptRuleSet OriginalRuleSetName RuleSetName
CreateConfigurationSetEventDestination ConfigurationSetName
CreateConfigurationSetTrackingOptions ConfigurationSetName
CreateCustomVerificationEmailTemplate FailureRedirectionURL SuccessRedirectionURL TemplateName
CreateReceiptRule RuleSetName
CreateReceiptRuleSet RuleSetName
DELETE /v2/email/configuration-sets/{ConfigurationSetName} DeleteConfigurationSet
DELETE /v2/email/configuration-sets/{ConfigurationSetName}/event-destinations/{EventDestinationName} DeleteConfigurationSetEventDestination
DELETE /v2/email/contact-lists/{ContactListName} DeleteContactList
DELETE /v2/email/contact-lists/{ContactListName}/contacts/{EmailAddress} DeleteContact
DELETE /v2/email/custom-verification-email-templates/{TemplateName} DeleteCustomVerificationEmailTemplate
DELETE /v2/email/dedicated-ip-pools/{PoolName} DeleteDedicatedIpPool
DELETE /v2/email/identities/{EmailIdentity} DeleteEmailIdentity
DELETE /v2/email/identities/{EmailIdentity}/policies/{PolicyName} DeleteEmailIdentityPolicy
DELETE /v2/email/multi-region-endpoints/{EndpointName} DeleteMultiRegionEndpoint
DELETE /v2/email/suppression/addresses/{EmailAddress} DeleteSuppressedDestination
DELETE /v2/email/tags UntagResource ?ResourceArn
DELETE /v2/email/templates/{TemplateName} DeleteEmailTemplate
DeleteConfigurationSet ConfigurationSetName
DeleteConfigurationSetEventDestination ConfigurationSetName EventDestinationName
DeleteConfigurationSetTrackingOptions ConfigurationSetName
DeleteCustomVerificationEmailTemplate TemplateName
DeleteIdentityPolicy PolicyName
DeleteReceiptFilter FilterName
DeleteReceiptRule RuleName RuleSetName
DeleteReceiptRuleSet RuleSetName
DeleteTemplate TemplateName
DescribeConfigurationSet ConfigurationSetAttributeNames ConfigurationSetName
DescribeReceiptRule RuleName RuleSetName
DescribeReceiptRuleSet RuleSetName
GET /v2/email/account GetAccount
GET /v2/email/configuration-sets ListConfigurationSets
GET /v2/email/configuration-sets/{ConfigurationSetName} GetConfigurationSet
GET /v2/email/configuration-sets/{ConfigurationSetName}/event-destinations GetConfigurationSetEventDestinations
GET /v2/email/contact-lists ListContactLists
GET /v2/email/contact-lists/{ContactListName} GetContactList
GET /v2/email/contact-lists/{ContactListName}/contacts/{EmailAddress} GetContact
GET /v2/email/custom-verification-email-templates ListCustomVerificationEmailTemplates
GET /v2/email/custom-verification-email-templates/{TemplateName} GetCustomVerificationEmailTemplate
GET /v2/email/dedicated-ip-pools ListDedicatedIpPools
GET /v2/email/dedicated-ip-pools/{PoolName} GetDedicatedIpPool
GET /v2/email/dedicated-ips GetDedicatedIps ?PoolName
GET /v2/email/dedicated-ips/{IP} GetDedicatedIp
GET /v2/email/deliverability-dashboard GetDeliverabilityDashboardOptions
GET /v2/email/deliverability-dashboard/blacklist-report GetBlacklistReports ?BlacklistItemNames
GET /v2/email/deliverability-dashboard/campaigns/{CampaignId} GetDomainDeliverabilityCampaign
GET /v2/email/deliverability-dashboard/domains/{SubscribedDomain}/campaigns ListDomainDeliverabilityCampaigns
GET /v2/email/deliverability-dashboard/statistics-report/{Domain} GetDomainStatisticsReport
GET /v2/email/deliverability-dashboard/test-reports ListDeliverabilityTestReports
GET /v2/email/deliverability-dashboard/test-reports/{ReportId} GetDeliverabilityTestReport
GET /v2/email/export-jobs/{JobId} GetExportJob
GET /v2/email/identities ListEmailIdentities
GET /v2/email/identities/{EmailIdentity} GetEmailIdentity
GET /v2/email/identities/{EmailIdentity}/policies GetEmailIdentityPolicies
GET /v2/email/import-jobs/{JobId} GetImportJob
GET /v2/email/insights/{MessageId}/ GetMessageInsights
GET /v2/email/multi-region-endpoints ListMultiRegionEndpoints
GET /v2/email/multi-region-endpoints/{EndpointName} GetMultiRegionEndpoint
GET /v2/email/reputation/entities/{ReputationEntityType}/{ReputationEntityReference} GetReputationEntity
GET /v2/email/suppression/addresses ListSuppressedDestinations
GET /v2/email/suppression/addresses/{EmailAddress} GetSuppressedDestination
GET /v2/email/tags ListTagsForResource ?ResourceArn
GET /v2/email/templates ListEmailTemplates
GET /v2/email/templates/{TemplateName} GetEmailTemplate
GetCustomVerificationEmailTemplate TemplateName
GetIdentityPolicies PolicyNames
GetTemplate TemplateName
POST /v2/email/account/details PutAccountDetails WebsiteURL
POST /v2/email/configuration-sets CreateConfigurationSet ConfigurationSetName
POST /v2/email/configuration-sets/{ConfigurationSetName}/event-destinations CreateConfigurationSetEventDestination EventDestinationName
POST /v2/email/contact-lists CreateContactList ContactListName
POST /v2/email/contact-lists/{ContactListName}/contacts CreateContact
POST /v2/email/contact-lists/{ContactListName}/contacts/list ListContacts
POST /v2/email/custom-verification-email-templates CreateCustomVerificationEmailTemplate FailureRedirectionURL SuccessRedirectionURL TemplateName
POST /v2/email/dedicated-ip-pools CreateDedicatedIpPool PoolName
POST /v2/email/deliverability-dashboard/test CreateDeliverabilityTestReport ReportName
POST /v2/email/email-address-insights/ GetEmailAddressInsights
POST /v2/email/export-jobs CreateExportJob
POST /v2/email/identities CreateEmailIdentity ConfigurationSetName
POST /v2/email/identities/{EmailIdentity}/policies/{PolicyName} CreateEmailIdentityPolicy
POST /v2/email/import-jobs CreateImportJob
POST /v2/email/import-jobs/list ListImportJobs
POST /v2/email/list-export-jobs ListExportJobs
POST /v2/email/metrics/batch BatchGetMetricData
POST /v2/email/multi-region-endpoints CreateMultiRegionEndpoint EndpointName
POST /v2/email/outbound-bulk-emails SendBulkEmail ConfigurationSetName EndpointId FeedbackForwardingEmailAddressIdentityArn FromEmailAddressIdentityArn TenantName
POST /v2/email/outbound-custom-verification-emails SendCustomVerificationEmail ConfigurationSetName TemplateName
POST /v2/email/outbound-emails SendEmail ConfigurationSetName EndpointId FeedbackForwardingEmailAddressIdentityArn FromEmailAddressIdentityArn TenantName
POST /v2/email/reputation/entities ListReputationEntities
POST /v2/email/resources/tenants/list ListResourceTenants ResourceArn
POST /v2/email/tags TagResource ResourceArn
POST /v2/email/templates CreateEmailTemplate TemplateName
POST /v2/email/templates/{TemplateName}/render TestRenderEmailTemplate
POST /v2/email/tenants CreateTenant TenantName
POST /v2/email/tenants/delete DeleteTenant TenantName
POST /v2/email/tenants/get GetTenant TenantName
POST /v2/email/tenants/list ListTenants
POST /v2/email/tenants/resources CreateTenantResourceAssociation ResourceArn TenantName
POST /v2/email/tenants/resources/delete DeleteTenantResourceAssociation ResourceArn TenantName
POST /v2/email/tenants/resources/list ListTenantResources TenantName
POST /v2/email/vdm/recommendations ListRecommendations
PUT /v2/email/account/dedicated-ips/warmup PutAccountDedicatedIpWarmupAttributes
PUT /v2/email/account/sending PutAccountSendingAttributes
PUT /v2/email/account/suppression PutAccountSuppressionAttributes
PUT /v2/email/account/vdm PutAccountVdmAttributes
PUT /v2/email/configuration-sets/{ConfigurationSetName}/archiving-options PutConfigurationSetArchivingOptions ArchiveArn
PUT /v2/email/configuration-sets/{ConfigurationSetName}/delivery-options PutConfigurationSetDeliveryOptions SendingPoolName
PUT /v2/email/configuration-sets/{ConfigurationSetName}/event-destinations/{EventDestinationName} UpdateConfigurationSetEventDestination
PUT /v2/email/configuration-sets/{ConfigurationSetName}/reputation-options PutConfigurationSetReputationOptions
PUT /v2/email/configuration-sets/{ConfigurationSetName}/sending PutConfigurationSetSendingOptions
PUT /v2/email/configuration-sets/{ConfigurationSetName}/suppression-options PutConfigurationSetSuppressionOptions
PUT /v2/email/configuration-sets/{ConfigurationSetName}/tracking-options PutConfigurationSetTrackingOptions
PUT /v2/email/configuration-sets/{ConfigurationSetName}/vdm-options PutConfigurationSetVdmOptions
PUT /v2/email/contact-lists/{ContactListName} UpdateContactList
PUT /v2/email/contact-lists/{ContactListName}/contacts/{EmailAddress} UpdateContact
PUT /v2/email/custom-verification-email-templates/{TemplateName} UpdateCustomVerificationEmailTemplate FailureRedirectionURL SuccessRedirectionURL
PUT /v2/email/dedicated-ip-pools/{PoolName}/scaling PutDedicatedIpPoolScalingAttributes
PUT /v2/email/dedicated-ips/{IP}/pool PutDedicatedIpInPool DestinationPoolName
PUT /v2/email/dedicated-ips/{IP}/warmup PutDedicatedIpWarmupAttributes
PUT /v2/email/deliverability-dashboard PutDeliverabilityDashboardOption
PUT /v2/email/export-jobs/{JobId}/cancel CancelExportJob
PUT /v2/email/identities/{EmailIdentity}/configuration-set PutEmailIdentityConfigurationSetAttributes ConfigurationSetName
PUT /v2/email/identities/{EmailIdentity}/dkim PutEmailIdentityDkimAttributes
PUT /v2/email/identities/{EmailIdentity}/dkim/signing PutEmailIdentityDkimSigningAttributes
PUT /v2/email/identities/{EmailIdentity}/feedback PutEmailIdentityFeedbackAttributes
PUT /v2/email/identities/{EmailIdentity}/mail-from PutEmailIdentityMailFromAttributes
PUT /v2/email/identities/{EmailIdentity}/policies/{PolicyName} UpdateEmailIdentityPolicy
PUT /v2/email/reputation/entities/{ReputationEntityType}/{ReputationEntityReference}/customer-managed-status UpdateReputationEntityCustomerManagedStatus
PUT /v2/email/reputation/entities/{ReputationEntityType}/{ReputationEntityReference}/policy UpdateReputationEntityPolicy
PUT /v2/email/suppression/addresses PutSuppressedDestination
PUT /v2/email/templates/{TemplateName} UpdateEmailTemplate
PutConfigurationSetDeliveryOptions ConfigurationSetName
PutIdentityPolicy PolicyName
ReorderReceiptRuleSet RuleNames RuleSetName
SendBounce BounceSenderArn OriginalMessageId
SendBulkTemplatedEmail ConfigurationSetName ReturnPathArn SourceArn TemplateArn
SendCustomVerificationEmail ConfigurationSetName TemplateName
SendEmail ConfigurationSetName ReturnPathArn SourceArn
SendRawEmail ConfigurationSetName FromArn ReturnPathArn SourceArn
SendTemplatedEmail ConfigurationSetName ReturnPathArn SourceArn TemplateArn
SetActiveReceiptRuleSet RuleSetName
SetReceiptRulePosition RuleName RuleSetName
TestRenderTemplate TemplateName
UpdateConfigurationSetEventDestination ConfigurationSetName
UpdateConfigurationSetReputationMetricsEnabled ConfigurationSetName
UpdateConfigurationSetSendingEnabled ConfigurationSetName
UpdateConfigurationSetTrackingOptions ConfigurationSetName
UpdateCustomVerificationEmailTemplate FailureRedirectionURL SuccessRedirectionURL TemplateName
UpdateReceiptRule RuleSetName
`;
