// AWS's own library for JavaScript at DynamoDB, against whatever AWS_ENDPOINT_URL says. Writes one line of JSON.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const installed = createRequire(join(process.env.SALLYPORT_TEST_DRIVERS, 'node/package.json'));
const dynamodb = installed('@aws-sdk/client-dynamodb');

const tables = new dynamodb.DynamoDBClient({});
const found = {};

const items = await tables.send(new dynamodb.ScanCommand({ TableName: 'users' }));
found.items = items.Items;
found.refusedTable = await refused(() =>
  tables.send(new dynamodb.DeleteTableCommand({ TableName: 'users' })),
);
console.log(JSON.stringify(found));

async function refused(ask) {
  try {
    await ask();
    return undefined;
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
}
