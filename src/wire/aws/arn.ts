/** The parts of AWS have names, hosts and accounts of their own: China, and the clouds for the government. */
export interface Partition {
  /** `aws`, `aws-cn`, `aws-us-gov` */
  readonly name: string;
  /** What its hosts end with. */
  readonly domain: string;
}

export function partitionOf(region: string): Partition {
  if (region.startsWith('cn-')) return { name: 'aws-cn', domain: 'amazonaws.com.cn' };
  if (region.startsWith('us-gov-')) return { name: 'aws-us-gov', domain: 'amazonaws.com' };
  return { name: 'aws', domain: 'amazonaws.com' };
}

/** `arn:aws:dynamodb:us-east-1:123456789012:table/users`: partition, service, region, account, resource. */
export function isArn(text: string): boolean {
  return /^arn:[^:]+:[^:]+:[^:]*:[^:]*:./.test(text);
}
