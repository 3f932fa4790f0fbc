// node-postgres (npm install pg) through Sallyport. The environment says where it is and who you are; see README.md.
import { readFileSync } from 'node:fs';
import { Client } from 'pg';

// PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD are read by the driver itself.
const client = new Client({ ssl: { ca: readFileSync(process.env.PGSSLROOTCERT) } });
client.on('notice', ({ message }) => console.error(message)); // where a held command waits for approval
await client.connect();

const { rows } = await client.query('SELECT id, name, email FROM customers WHERE city = $1', ['Lyon']);
console.log(rows);

try {
  await client.query('DROP TABLE customers');
} catch (error) {
  // `detail` is one line of JSON for programs, `hint` a sentence for people and models.
  console.log(error.code, JSON.parse(error.detail).code, error.hint);
}

await client.end();
