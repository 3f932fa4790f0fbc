// Written by scripts/aws-models.ts, from AWS's service models.

export const eks = `
DELETE /cluster-registrations/{name} DeregisterCluster
DELETE /clusters/{name} DeleteCluster
DELETE /clusters/{name}/access-entries/{principalArn} DeleteAccessEntry
DELETE /clusters/{name}/access-entries/{principalArn}/access-policies/{policyArn} DisassociateAccessPolicy
DELETE /clusters/{name}/addons/{addonName} DeleteAddon
DELETE /clusters/{name}/capabilities/{capabilityName} DeleteCapability
DELETE /clusters/{name}/fargate-profiles/{fargateProfileName} DeleteFargateProfile
DELETE /clusters/{name}/node-groups/{nodegroupName} DeleteNodegroup
DELETE /clusters/{name}/pod-identity-associations/{associationId} DeletePodIdentityAssociation
DELETE /eks-anywhere-subscriptions/{id} DeleteEksAnywhereSubscription
DELETE /tags/{resourceArn} UntagResource
GET /access-policies ListAccessPolicies
GET /addons/configuration-schemas DescribeAddonConfiguration ?addonName
GET /addons/supported-versions DescribeAddonVersions ?addonName
GET /cluster-versions DescribeClusterVersions
GET /clusters ListClusters
GET /clusters/{name} DescribeCluster
GET /clusters/{name}/access-entries ListAccessEntries ?associatedPolicyArn
GET /clusters/{name}/access-entries/{principalArn} DescribeAccessEntry
GET /clusters/{name}/access-entries/{principalArn}/access-policies ListAssociatedAccessPolicies
GET /clusters/{name}/addons ListAddons
GET /clusters/{name}/addons/{addonName} DescribeAddon
GET /clusters/{name}/capabilities ListCapabilities
GET /clusters/{name}/capabilities/{capabilityName} DescribeCapability
GET /clusters/{name}/fargate-profiles ListFargateProfiles
GET /clusters/{name}/fargate-profiles/{fargateProfileName} DescribeFargateProfile
GET /clusters/{name}/identity-provider-configs ListIdentityProviderConfigs
GET /clusters/{name}/insights-refresh DescribeInsightsRefresh
GET /clusters/{name}/insights/{id} DescribeInsight
GET /clusters/{name}/node-groups ListNodegroups
GET /clusters/{name}/node-groups/{nodegroupName} DescribeNodegroup
GET /clusters/{name}/pod-identity-associations ListPodIdentityAssociations
GET /clusters/{name}/pod-identity-associations/{associationId} DescribePodIdentityAssociation
GET /clusters/{name}/updates ListUpdates ?addonName ?capabilityName ?nodegroupName
GET /clusters/{name}/updates/{updateId} DescribeUpdate ?addonName ?capabilityName ?nodegroupName
GET /eks-anywhere-subscriptions ListEksAnywhereSubscriptions
GET /eks-anywhere-subscriptions/{id} DescribeEksAnywhereSubscription
GET /tags/{resourceArn} ListTagsForResource
POST /cluster-registrations RegisterCluster name
POST /clusters CreateCluster name roleArn
POST /clusters/{name}/access-entries CreateAccessEntry principalArn username
POST /clusters/{name}/access-entries/{principalArn} UpdateAccessEntry username
POST /clusters/{name}/access-entries/{principalArn}/access-policies AssociateAccessPolicy policyArn
POST /clusters/{name}/addons CreateAddon addonName serviceAccountRoleArn
POST /clusters/{name}/addons/{addonName}/update UpdateAddon serviceAccountRoleArn
POST /clusters/{name}/capabilities CreateCapability capabilityName roleArn
POST /clusters/{name}/capabilities/{capabilityName} UpdateCapability roleArn
POST /clusters/{name}/encryption-config/associate AssociateEncryptionConfig
POST /clusters/{name}/fargate-profiles CreateFargateProfile fargateProfileName podExecutionRoleArn
POST /clusters/{name}/identity-provider-configs/associate AssociateIdentityProviderConfig
POST /clusters/{name}/identity-provider-configs/describe DescribeIdentityProviderConfig
POST /clusters/{name}/identity-provider-configs/disassociate DisassociateIdentityProviderConfig
POST /clusters/{name}/insights ListInsights
POST /clusters/{name}/insights-refresh StartInsightsRefresh
POST /clusters/{name}/node-groups CreateNodegroup nodegroupName
POST /clusters/{name}/node-groups/{nodegroupName}/update-config UpdateNodegroupConfig
POST /clusters/{name}/node-groups/{nodegroupName}/update-version UpdateNodegroupVersion
POST /clusters/{name}/pod-identity-associations CreatePodIdentityAssociation roleArn targetRoleArn
POST /clusters/{name}/pod-identity-associations/{associationId} UpdatePodIdentityAssociation roleArn targetRoleArn
POST /clusters/{name}/update-config UpdateClusterConfig
POST /clusters/{name}/updates UpdateClusterVersion
POST /eks-anywhere-subscriptions CreateEksAnywhereSubscription name
POST /eks-anywhere-subscriptions/{id} UpdateEksAnywhereSubscription
POST /tags/{resourceArn} TagResource
`;
