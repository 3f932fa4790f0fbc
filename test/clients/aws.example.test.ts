import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkSignatures, fromPip, ran, stageOf, type AwsStage } from '../fixtures/aws-stage.ts';
import { python } from './python.ts';

const folder = resolve(import.meta.dirname, '../../examples/aws');
let stage: AwsStage;

before(async () => {
  const config = readFileSync(resolve(folder, 'sallyport.yaml'), 'utf8');
  stage = await stageOf((port, { accessKeyId }) =>
    config
      .replace('AKIAEXAMPLE', accessKeyId)
      .replace('CREW_AWS_SECRET', 'AWS_STAGE_SECRET')
      .replace(/^listen: .*$/m, 'listen: { host: 127.0.0.1, http: 0, targets: 0 }')
      .replace('http://127.0.0.1:5555', `http://127.0.0.1:${port}`),
  );
  await checkSignatures(stage.moto);
});

after(() => stage?.stop());

describe('examples/aws', () => {
  const examples: readonly [program: string, file: string, says: RegExp][] = [
    ['sh', 'aws.sh', /a,b\n.*refused, as it should be/s],
    [python.program, 'boto3-items.py', /c\*\*\*@\*\*\*\.example.*email is hidden from you/s],
  ];
  for (const [program, file, says] of examples) {
    test(file, async () => {
      const env = stage.environment(await stage.keys());
      const aws = dirname(fromPip('aws'));
      const path = aws === '.' ? env['PATH'] : `${aws}:${env['PATH']}`;
      const { code, stdout, stderr } = await ran(program, [resolve(folder, file)], { ...env, PATH: path });
      assert.equal(code, 0, stderr);
      assert.match(stdout, says);
      assert.ok(!(stdout + stderr).includes(stage.moto.keys.secretAccessKey));
    });
  }
});
