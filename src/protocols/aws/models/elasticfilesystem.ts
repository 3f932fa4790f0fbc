// Written by scripts/aws-models.ts, from AWS's service models.

export const elasticfilesystem = `
DELETE /2015-02-01/access-points/{AccessPointId} DeleteAccessPoint
DELETE /2015-02-01/file-systems/{FileSystemId} DeleteFileSystem
DELETE /2015-02-01/file-systems/{FileSystemId}/policy DeleteFileSystemPolicy
DELETE /2015-02-01/file-systems/{SourceFileSystemId}/replication-configuration DeleteReplicationConfiguration
DELETE /2015-02-01/mount-targets/{MountTargetId} DeleteMountTarget
DELETE /2015-02-01/resource-tags/{ResourceId} UntagResource
GET /2015-02-01/access-points DescribeAccessPoints ?AccessPointId ?FileSystemId
GET /2015-02-01/account-preferences DescribeAccountPreferences
GET /2015-02-01/file-systems DescribeFileSystems ?FileSystemId
GET /2015-02-01/file-systems/replication-configurations DescribeReplicationConfigurations ?FileSystemId
GET /2015-02-01/file-systems/{FileSystemId}/backup-policy DescribeBackupPolicy
GET /2015-02-01/file-systems/{FileSystemId}/lifecycle-configuration DescribeLifecycleConfiguration
GET /2015-02-01/file-systems/{FileSystemId}/policy DescribeFileSystemPolicy
GET /2015-02-01/mount-targets DescribeMountTargets ?AccessPointId ?FileSystemId ?MountTargetId
GET /2015-02-01/mount-targets/{MountTargetId}/security-groups DescribeMountTargetSecurityGroups
GET /2015-02-01/resource-tags/{ResourceId} ListTagsForResource
GET /2015-02-01/tags/{FileSystemId}/ DescribeTags
POST /2015-02-01/access-points CreateAccessPoint FileSystemId
POST /2015-02-01/create-tags/{FileSystemId} CreateTags
POST /2015-02-01/delete-tags/{FileSystemId} DeleteTags
POST /2015-02-01/file-systems CreateFileSystem AvailabilityZoneName KmsKeyId
POST /2015-02-01/file-systems/{SourceFileSystemId}/replication-configuration CreateReplicationConfiguration
POST /2015-02-01/mount-targets CreateMountTarget FileSystemId SubnetId
POST /2015-02-01/resource-tags/{ResourceId} TagResource
PUT /2015-02-01/account-preferences PutAccountPreferences
PUT /2015-02-01/file-systems/{FileSystemId} UpdateFileSystem
PUT /2015-02-01/file-systems/{FileSystemId}/backup-policy PutBackupPolicy
PUT /2015-02-01/file-systems/{FileSystemId}/lifecycle-configuration PutLifecycleConfiguration
PUT /2015-02-01/file-systems/{FileSystemId}/policy PutFileSystemPolicy
PUT /2015-02-01/file-systems/{FileSystemId}/protection UpdateFileSystemProtection
PUT /2015-02-01/mount-targets/{MountTargetId}/security-groups ModifyMountTargetSecurityGroups
`;
