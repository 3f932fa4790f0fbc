// Written by scripts/aws-models.ts, from AWS's service models.

export const es = `
DELETE /2015-01-01/es/ccs/inboundConnection/{ConnectionId} DeleteInboundCrossClusterSearchConnection
DELETE /2015-01-01/es/ccs/outboundConnection/{ConnectionId} DeleteOutboundCrossClusterSearchConnection
DELETE /2015-01-01/es/domain/{DomainName} DeleteElasticsearchDomain
DELETE /2015-01-01/es/role DeleteElasticsearchServiceRole
DELETE /2015-01-01/es/vpcEndpoints/{VpcEndpointId} DeleteVpcEndpoint
DELETE /2015-01-01/packages/{PackageID} DeletePackage
DELETE /2021-01-01/opensearch/application/{ApplicationId}/capability/deregister/{CapabilityName} DeregisterCapability
DELETE /2021-01-01/opensearch/application/{id} DeleteApplication
DELETE /2021-01-01/opensearch/cc/inboundConnection/{ConnectionId} DeleteInboundConnection
DELETE /2021-01-01/opensearch/cc/outboundConnection/{ConnectionId} DeleteOutboundConnection
DELETE /2021-01-01/opensearch/directQueryDataSource/{DataSourceName} DeleteDirectQueryDataSource
DELETE /2021-01-01/opensearch/domain/{DomainName} DeleteDomain
DELETE /2021-01-01/opensearch/domain/{DomainName}/dataSource/{DataSourceName} DeleteDataSource
DELETE /2021-01-01/opensearch/domain/{DomainName}/index/{IndexName} DeleteIndex
DELETE /2021-01-01/opensearch/vpcEndpoints/{VpcEndpointId} DeleteVpcEndpoint
DELETE /2021-01-01/packages/{PackageID} DeletePackage
GET /2015-01-01/domain ListDomainNames
GET /2015-01-01/domain/{DomainName}/packages ListPackagesForDomain
GET /2015-01-01/es/compatibleVersions GetCompatibleElasticsearchVersions ?domainName
GET /2015-01-01/es/domain/{DomainName} DescribeElasticsearchDomain
GET /2015-01-01/es/domain/{DomainName}/autoTunes DescribeDomainAutoTunes
GET /2015-01-01/es/domain/{DomainName}/config DescribeElasticsearchDomainConfig
GET /2015-01-01/es/domain/{DomainName}/listVpcEndpointAccess ListVpcEndpointAccess
GET /2015-01-01/es/domain/{DomainName}/progress DescribeDomainChangeProgress ?changeid
GET /2015-01-01/es/domain/{DomainName}/vpcEndpoints ListVpcEndpointsForDomain
GET /2015-01-01/es/instanceTypeLimits/{ElasticsearchVersion}/{InstanceType} DescribeElasticsearchInstanceTypeLimits ?domainName
GET /2015-01-01/es/instanceTypes/{ElasticsearchVersion} ListElasticsearchInstanceTypes ?domainName
GET /2015-01-01/es/reservedInstanceOfferings DescribeReservedElasticsearchInstanceOfferings ?offeringId
GET /2015-01-01/es/reservedInstances DescribeReservedElasticsearchInstances ?reservationId
GET /2015-01-01/es/upgradeDomain/{DomainName}/history GetUpgradeHistory
GET /2015-01-01/es/upgradeDomain/{DomainName}/status GetUpgradeStatus
GET /2015-01-01/es/versions ListElasticsearchVersions
GET /2015-01-01/es/vpcEndpoints ListVpcEndpoints
GET /2015-01-01/packages/{PackageID}/domains ListDomainsForPackage
GET /2015-01-01/packages/{PackageID}/history GetPackageVersionHistory
GET /2015-01-01/tags/ ListTags ?arn
GET /2021-01-01/domain ListDomainNames
GET /2021-01-01/domain/{DomainName}/packages ListPackagesForDomain
GET /2021-01-01/opensearch/application/{ApplicationId}/capability/{CapabilityName} GetCapability
GET /2021-01-01/opensearch/application/{id} GetApplication
GET /2021-01-01/opensearch/compatibleVersions GetCompatibleVersions ?domainName
GET /2021-01-01/opensearch/defaultApplicationSetting GetDefaultApplicationSetting
GET /2021-01-01/opensearch/directQueryDataSource ListDirectQueryDataSources
GET /2021-01-01/opensearch/directQueryDataSource/{DataSourceName} GetDirectQueryDataSource
GET /2021-01-01/opensearch/domain/{DomainName} DescribeDomain
GET /2021-01-01/opensearch/domain/{DomainName}/autoTunes DescribeDomainAutoTunes
GET /2021-01-01/opensearch/domain/{DomainName}/config DescribeDomainConfig
GET /2021-01-01/opensearch/domain/{DomainName}/dataSource ListDataSources
GET /2021-01-01/opensearch/domain/{DomainName}/dataSource/{DataSourceName} GetDataSource
GET /2021-01-01/opensearch/domain/{DomainName}/domainMaintenance GetDomainMaintenanceStatus ?maintenanceId
GET /2021-01-01/opensearch/domain/{DomainName}/domainMaintenances ListDomainMaintenances
GET /2021-01-01/opensearch/domain/{DomainName}/dryRun DescribeDryRunProgress ?dryRunId
GET /2021-01-01/opensearch/domain/{DomainName}/health DescribeDomainHealth
GET /2021-01-01/opensearch/domain/{DomainName}/index/{IndexName} GetIndex
GET /2021-01-01/opensearch/domain/{DomainName}/listVpcEndpointAccess ListVpcEndpointAccess
GET /2021-01-01/opensearch/domain/{DomainName}/nodes DescribeDomainNodes
GET /2021-01-01/opensearch/domain/{DomainName}/progress DescribeDomainChangeProgress ?changeid
GET /2021-01-01/opensearch/domain/{DomainName}/scheduledActions ListScheduledActions
GET /2021-01-01/opensearch/domain/{DomainName}/vpcEndpoints ListVpcEndpointsForDomain
GET /2021-01-01/opensearch/instanceTypeDetails/{EngineVersion} ListInstanceTypeDetails ?domainName
GET /2021-01-01/opensearch/instanceTypeLimits/{EngineVersion}/{InstanceType} DescribeInstanceTypeLimits ?domainName
GET /2021-01-01/opensearch/list-applications ListApplications
GET /2021-01-01/opensearch/reservedInstanceOfferings DescribeReservedInstanceOfferings ?offeringId
GET /2021-01-01/opensearch/reservedInstances DescribeReservedInstances ?reservationId
GET /2021-01-01/opensearch/upgradeDomain/{DomainName}/history GetUpgradeHistory
GET /2021-01-01/opensearch/upgradeDomain/{DomainName}/status GetUpgradeStatus
GET /2021-01-01/opensearch/versions ListVersions
GET /2021-01-01/opensearch/vpcEndpoints ListVpcEndpoints
GET /2021-01-01/packages/{PackageID}/domains ListDomainsForPackage
GET /2021-01-01/packages/{PackageID}/history GetPackageVersionHistory
GET /2021-01-01/tags/ ListTags ?arn
POST /2015-01-01/es/ccs/inboundConnection/search DescribeInboundCrossClusterSearchConnections
POST /2015-01-01/es/ccs/outboundConnection CreateOutboundCrossClusterSearchConnection
POST /2015-01-01/es/ccs/outboundConnection/search DescribeOutboundCrossClusterSearchConnections
POST /2015-01-01/es/domain CreateElasticsearchDomain DomainName
POST /2015-01-01/es/domain-info DescribeElasticsearchDomains DomainNames
POST /2015-01-01/es/domain/{DomainName}/authorizeVpcEndpointAccess AuthorizeVpcEndpointAccess
POST /2015-01-01/es/domain/{DomainName}/config UpdateElasticsearchDomainConfig
POST /2015-01-01/es/domain/{DomainName}/config/cancel CancelDomainConfigChange
POST /2015-01-01/es/domain/{DomainName}/revokeVpcEndpointAccess RevokeVpcEndpointAccess
POST /2015-01-01/es/purchaseReservedInstanceOffering PurchaseReservedElasticsearchInstanceOffering ReservationName ReservedElasticsearchInstanceOfferingId
POST /2015-01-01/es/serviceSoftwareUpdate/cancel CancelElasticsearchServiceSoftwareUpdate DomainName
POST /2015-01-01/es/serviceSoftwareUpdate/start StartElasticsearchServiceSoftwareUpdate DomainName
POST /2015-01-01/es/upgradeDomain UpgradeElasticsearchDomain DomainName
POST /2015-01-01/es/vpcEndpoints CreateVpcEndpoint DomainArn
POST /2015-01-01/es/vpcEndpoints/describe DescribeVpcEndpoints VpcEndpointIds
POST /2015-01-01/es/vpcEndpoints/update UpdateVpcEndpoint VpcEndpointId
POST /2015-01-01/packages CreatePackage PackageName
POST /2015-01-01/packages/associate/{PackageID}/{DomainName} AssociatePackage
POST /2015-01-01/packages/describe DescribePackages
POST /2015-01-01/packages/dissociate/{PackageID}/{DomainName} DissociatePackage
POST /2015-01-01/packages/update UpdatePackage PackageID
POST /2015-01-01/tags AddTags ARN
POST /2015-01-01/tags-removal RemoveTags ARN
POST /2021-01-01/opensearch/application CreateApplication kmsKeyArn name
POST /2021-01-01/opensearch/application/{ApplicationId}/capability/register RegisterCapability capabilityName
POST /2021-01-01/opensearch/cc/inboundConnection/search DescribeInboundConnections
POST /2021-01-01/opensearch/cc/outboundConnection CreateOutboundConnection
POST /2021-01-01/opensearch/cc/outboundConnection/search DescribeOutboundConnections
POST /2021-01-01/opensearch/directQueryDataSource AddDirectQueryDataSource DataSourceName OpenSearchArns
POST /2021-01-01/opensearch/domain CreateDomain DomainName
POST /2021-01-01/opensearch/domain-info DescribeDomains DomainNames
POST /2021-01-01/opensearch/domain/{DomainName}/authorizeVpcEndpointAccess AuthorizeVpcEndpointAccess
POST /2021-01-01/opensearch/domain/{DomainName}/config UpdateDomainConfig
POST /2021-01-01/opensearch/domain/{DomainName}/config/cancel CancelDomainConfigChange
POST /2021-01-01/opensearch/domain/{DomainName}/dataSource AddDataSource Name
POST /2021-01-01/opensearch/domain/{DomainName}/domainMaintenance StartDomainMaintenance NodeId
POST /2021-01-01/opensearch/domain/{DomainName}/index CreateIndex IndexName
POST /2021-01-01/opensearch/domain/{DomainName}/revokeVpcEndpointAccess RevokeVpcEndpointAccess
POST /2021-01-01/opensearch/insight-details DescribeInsightDetails InsightId
POST /2021-01-01/opensearch/insights ListInsights
POST /2021-01-01/opensearch/purchaseReservedInstanceOffering PurchaseReservedInstanceOffering ReservationName ReservedInstanceOfferingId
POST /2021-01-01/opensearch/serviceSoftwareUpdate/cancel CancelServiceSoftwareUpdate DomainName
POST /2021-01-01/opensearch/serviceSoftwareUpdate/rollback RollbackServiceSoftwareUpdate DomainName
POST /2021-01-01/opensearch/serviceSoftwareUpdate/start StartServiceSoftwareUpdate DomainName
POST /2021-01-01/opensearch/upgradeDomain UpgradeDomain DomainName
POST /2021-01-01/opensearch/vpcEndpoints CreateVpcEndpoint DomainArn
POST /2021-01-01/opensearch/vpcEndpoints/describe DescribeVpcEndpoints VpcEndpointIds
POST /2021-01-01/opensearch/vpcEndpoints/update UpdateVpcEndpoint VpcEndpointId
POST /2021-01-01/packages CreatePackage PackageName
POST /2021-01-01/packages/associate/{PackageID}/{DomainName} AssociatePackage
POST /2021-01-01/packages/associateMultiple AssociatePackages DomainName
POST /2021-01-01/packages/describe DescribePackages
POST /2021-01-01/packages/dissociate/{PackageID}/{DomainName} DissociatePackage
POST /2021-01-01/packages/dissociateMultiple DissociatePackages DomainName
POST /2021-01-01/packages/update UpdatePackage PackageID
POST /2021-01-01/packages/updateScope UpdatePackageScope PackageID
POST /2021-01-01/tags AddTags ARN
POST /2021-01-01/tags-removal RemoveTags ARN
PUT /2015-01-01/es/ccs/inboundConnection/{ConnectionId}/accept AcceptInboundCrossClusterSearchConnection
PUT /2015-01-01/es/ccs/inboundConnection/{ConnectionId}/reject RejectInboundCrossClusterSearchConnection
PUT /2021-01-01/opensearch/application/{id} UpdateApplication
PUT /2021-01-01/opensearch/cc/inboundConnection/{ConnectionId}/accept AcceptInboundConnection
PUT /2021-01-01/opensearch/cc/inboundConnection/{ConnectionId}/reject RejectInboundConnection
PUT /2021-01-01/opensearch/defaultApplicationSetting PutDefaultApplicationSetting applicationArn
PUT /2021-01-01/opensearch/directQueryDataSource/{DataSourceName} UpdateDirectQueryDataSource OpenSearchArns
PUT /2021-01-01/opensearch/domain/{DomainName}/dataSource/{DataSourceName} UpdateDataSource
PUT /2021-01-01/opensearch/domain/{DomainName}/index/{IndexName} UpdateIndex
PUT /2021-01-01/opensearch/domain/{DomainName}/scheduledAction/update UpdateScheduledAction ActionID
`;
