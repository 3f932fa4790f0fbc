/** Writes sallyport.schema.json, from which editors complete and check a configuration: `node scripts/schema.ts`. */
import { writeFileSync } from 'node:fs';
import { configJsonSchema } from '../src/config/json-schema.ts';

writeFileSync(new URL('../sallyport.schema.json', import.meta.url), configJsonSchema());
