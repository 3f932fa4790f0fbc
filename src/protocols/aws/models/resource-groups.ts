// Written by scripts/aws-models.ts, from AWS's service models.

export const resourceGroups = `
GET /resources/{Arn}/tags GetTags
PATCH /resources/{Arn}/tags Untag
POST /cancel-tag-sync-task CancelTagSyncTask TaskArn
POST /delete-group DeleteGroup GroupName
POST /get-account-settings GetAccountSettings
POST /get-group GetGroup GroupName
POST /get-group-configuration GetGroupConfiguration
POST /get-group-query GetGroupQuery GroupName
POST /get-tag-sync-task GetTagSyncTask TaskArn
POST /group-resources GroupResources ResourceArns
POST /groups CreateGroup DisplayName Name
POST /groups-list ListGroups
POST /list-group-resources ListGroupResources GroupName
POST /list-grouping-statuses ListGroupingStatuses
POST /list-tag-sync-tasks ListTagSyncTasks
POST /put-group-configuration PutGroupConfiguration
POST /resources/search SearchResources
POST /start-tag-sync-task StartTagSyncTask RoleArn
POST /ungroup-resources UngroupResources ResourceArns
POST /update-account-settings UpdateAccountSettings
POST /update-group UpdateGroup DisplayName GroupName
POST /update-group-query UpdateGroupQuery GroupName
PUT /resources/{Arn}/tags Tag
`;
