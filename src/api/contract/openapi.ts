import { z } from 'zod';
import { describeRight } from './route.ts';
import type { Route } from './route.ts';
import { apiBase, routes } from './routes.ts';
import * as schemas from './schemas.ts';

type Json = Readonly<Record<string, unknown>>;

const refused = {
  description: 'Refused',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } },
};

/** The contract as an OpenAPI 3.1 document. */
export function openApi(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, route] of Object.entries<Route>(routes)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(name, route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Sallyport', version, summary: 'Sessions, approvals and rights of the gateway.' },
    servers: [{ url: apiBase }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Refusal: jsonSchema(schemas.refusal, 'output') },
    },
  };
}

function operation(operationId: string, route: Route): Json {
  const { summary, needs, right, response, stream } = route;
  const type = stream === true ? 'application/x-ndjson' : 'application/json';
  const ok = { description: 'OK', content: { [type]: { schema: jsonSchema(response, 'output') } } };
  const rule = right === undefined ? undefined : `${describeRight(right)} on ${right.resource}`;
  return {
    operationId,
    summary,
    ...(rule === undefined ? {} : { description: `${needs === 'right' ? 'Needs' : 'Widened by'} ${rule}.` }),
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...(route.method === 'POST' ? { requestBody: requestBody(route) } : {}),
    responses: { 200: ok, default: refused },
  };
}

function requestBody({ body }: Route): Json {
  return { required: true, content: { 'application/json': { schema: jsonSchema(body, 'input') } } };
}

function parameters(schema: z.ZodType, place: 'path' | 'query'): Json[] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input');
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
