import { z } from 'zod';
import { configSchema } from './schema.ts';

/** sallyport.schema.json, as it stands in the package. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ title: 'sallyport.yaml', ...schema }, null, 2)}\n`;
}
