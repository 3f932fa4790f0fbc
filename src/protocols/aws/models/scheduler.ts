// Written by scripts/aws-models.ts, from AWS's service models.

export const scheduler = `
DELETE /schedule-groups/{Name} DeleteScheduleGroup
DELETE /schedules/{Name} DeleteSchedule ?groupName
DELETE /tags/{ResourceArn} UntagResource
GET /schedule-groups ListScheduleGroups
GET /schedule-groups/{Name} GetScheduleGroup
GET /schedules ListSchedules
GET /schedules/{Name} GetSchedule ?groupName
GET /tags/{ResourceArn} ListTagsForResource
POST /schedule-groups/{Name} CreateScheduleGroup
POST /schedules/{Name} CreateSchedule GroupName KmsKeyArn
POST /tags/{ResourceArn} TagResource
PUT /schedules/{Name} UpdateSchedule GroupName KmsKeyArn
`;
