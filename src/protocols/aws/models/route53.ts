// Written by scripts/aws-models.ts, from AWS's service models.

export const route53 = `
DELETE /2013-04-01/cidrcollection/{CidrCollectionId} DeleteCidrCollection
DELETE /2013-04-01/delegationset/{Id} DeleteReusableDelegationSet
DELETE /2013-04-01/healthcheck/{HealthCheckId} DeleteHealthCheck
DELETE /2013-04-01/hostedzone/{Id} DeleteHostedZone
DELETE /2013-04-01/keysigningkey/{HostedZoneId}/{Name} DeleteKeySigningKey
DELETE /2013-04-01/queryloggingconfig/{Id} DeleteQueryLoggingConfig
DELETE /2013-04-01/trafficpolicy/{Id}/{Version} DeleteTrafficPolicy
DELETE /2013-04-01/trafficpolicyinstance/{Id} DeleteTrafficPolicyInstance
GET /2013-04-01/accountlimit/{Type} GetAccountLimit
GET /2013-04-01/change/{Id} GetChange
GET /2013-04-01/checkeripranges GetCheckerIpRanges
GET /2013-04-01/cidrcollection ListCidrCollections
GET /2013-04-01/cidrcollection/{CidrCollectionId} ListCidrLocations
GET /2013-04-01/cidrcollection/{CidrCollectionId}/cidrblocks ListCidrBlocks
GET /2013-04-01/delegationset ListReusableDelegationSets
GET /2013-04-01/delegationset/{Id} GetReusableDelegationSet
GET /2013-04-01/geolocation GetGeoLocation
GET /2013-04-01/geolocations ListGeoLocations
GET /2013-04-01/healthcheck ListHealthChecks
GET /2013-04-01/healthcheck/{HealthCheckId} GetHealthCheck
GET /2013-04-01/healthcheck/{HealthCheckId}/lastfailurereason GetHealthCheckLastFailureReason
GET /2013-04-01/healthcheck/{HealthCheckId}/status GetHealthCheckStatus
GET /2013-04-01/healthcheckcount GetHealthCheckCount
GET /2013-04-01/hostedzone ListHostedZones ?delegationsetid
GET /2013-04-01/hostedzone/{Id} GetHostedZone
GET /2013-04-01/hostedzone/{Id}/authorizevpcassociation ListVPCAssociationAuthorizations
GET /2013-04-01/hostedzone/{Id}/dnssec GetDNSSEC
GET /2013-04-01/hostedzone/{Id}/rrset ListResourceRecordSets ?identifier ?name
GET /2013-04-01/hostedzonecount GetHostedZoneCount
GET /2013-04-01/hostedzonelimit/{Id}/{Type} GetHostedZoneLimit
GET /2013-04-01/hostedzonesbyname ListHostedZonesByName ?dnsname ?hostedzoneid
GET /2013-04-01/hostedzonesbyvpc ListHostedZonesByVPC ?vpcid
GET /2013-04-01/queryloggingconfig ListQueryLoggingConfigs ?hostedzoneid
GET /2013-04-01/queryloggingconfig/{Id} GetQueryLoggingConfig
GET /2013-04-01/reusabledelegationsetlimit/{Id}/{Type} GetReusableDelegationSetLimit
GET /2013-04-01/tags/{ResourceType}/{ResourceId} ListTagsForResource
GET /2013-04-01/testdnsanswer TestDNSAnswer ?hostedzoneid ?recordname
GET /2013-04-01/trafficpolicies ListTrafficPolicies ?trafficpolicyid
GET /2013-04-01/trafficpolicies/{Id}/versions ListTrafficPolicyVersions
GET /2013-04-01/trafficpolicy/{Id}/{Version} GetTrafficPolicy
GET /2013-04-01/trafficpolicyinstance/{Id} GetTrafficPolicyInstance
GET /2013-04-01/trafficpolicyinstancecount GetTrafficPolicyInstanceCount
GET /2013-04-01/trafficpolicyinstances ListTrafficPolicyInstances ?hostedzoneid ?trafficpolicyinstancename
GET /2013-04-01/trafficpolicyinstances/hostedzone ListTrafficPolicyInstancesByHostedZone ?id ?trafficpolicyinstancename
GET /2013-04-01/trafficpolicyinstances/trafficpolicy ListTrafficPolicyInstancesByPolicy ?hostedzoneid ?id ?trafficpolicyinstancename
POST /2013-04-01/cidrcollection CreateCidrCollection Name
POST /2013-04-01/cidrcollection/{CidrCollectionId} ChangeCidrCollection
POST /2013-04-01/delegationset CreateReusableDelegationSet HostedZoneId
POST /2013-04-01/healthcheck CreateHealthCheck
POST /2013-04-01/healthcheck/{HealthCheckId} UpdateHealthCheck AlarmIdentifier FullyQualifiedDomainName
POST /2013-04-01/hostedzone CreateHostedZone DelegationSetId Name
POST /2013-04-01/hostedzone/{Id} UpdateHostedZoneComment
POST /2013-04-01/hostedzone/{Id}/associatevpc AssociateVPCWithHostedZone
POST /2013-04-01/hostedzone/{Id}/authorizevpcassociation CreateVPCAssociationAuthorization
POST /2013-04-01/hostedzone/{Id}/deauthorizevpcassociation DeleteVPCAssociationAuthorization
POST /2013-04-01/hostedzone/{Id}/disable-dnssec DisableHostedZoneDNSSEC
POST /2013-04-01/hostedzone/{Id}/disassociatevpc DisassociateVPCFromHostedZone
POST /2013-04-01/hostedzone/{Id}/enable-dnssec EnableHostedZoneDNSSEC
POST /2013-04-01/hostedzone/{Id}/features UpdateHostedZoneFeatures
POST /2013-04-01/hostedzone/{Id}/rrset/ ChangeResourceRecordSets
POST /2013-04-01/keysigningkey CreateKeySigningKey HostedZoneId KeyManagementServiceArn Name
POST /2013-04-01/keysigningkey/{HostedZoneId}/{Name}/activate ActivateKeySigningKey
POST /2013-04-01/keysigningkey/{HostedZoneId}/{Name}/deactivate DeactivateKeySigningKey
POST /2013-04-01/queryloggingconfig CreateQueryLoggingConfig CloudWatchLogsLogGroupArn HostedZoneId
POST /2013-04-01/tags/{ResourceType} ListTagsForResources ResourceIds
POST /2013-04-01/tags/{ResourceType}/{ResourceId} ChangeTagsForResource
POST /2013-04-01/trafficpolicy CreateTrafficPolicy Name
POST /2013-04-01/trafficpolicy/{Id} CreateTrafficPolicyVersion
POST /2013-04-01/trafficpolicy/{Id}/{Version} UpdateTrafficPolicyComment
POST /2013-04-01/trafficpolicyinstance CreateTrafficPolicyInstance HostedZoneId Name TrafficPolicyId
POST /2013-04-01/trafficpolicyinstance/{Id} UpdateTrafficPolicyInstance TrafficPolicyId
`;
