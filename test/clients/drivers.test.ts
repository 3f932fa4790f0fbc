import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { drivers, isInstalled } from './drivers/roster.ts';
import { partsOf } from './drivers/scenario.ts';
import { setDriverStage } from './drivers/stage.ts';
import type { DriverStage } from './drivers/stage.ts';
import { checkTable } from './drivers/table.ts';
import type { Finding } from './drivers/play.ts';

// Every driver plays the same scenario. What cannot run here is named, and is a failure where all must run.

const must = process.env['SALLYPORT_TEST_ALL_DRIVERS'] === '1';
const there = drivers.filter((driver) => must || isInstalled(driver));
const findings: Finding[] = [];
let stage: DriverStage;

before(async () => {
  stage = await setDriverStage();
});
after(() => stage.stop());

for (const driver of there) {
  describe(driver.title, () => {
    let finding: Finding;
    before(async () => {
      finding = await stage.play(driver);
      findings.push(finding);
    });

    test('plays to the end', () => {
      assert.equal(finding.trouble, '');
      assert.deepEqual(
        Object.keys(finding.reports).toSorted(),
        partsOf(driver)
          .map(([name]) => name)
          .toSorted(),
      );
    });
    for (const [name, part] of partsOf(driver)) {
      test(part.what, async () => {
        const report = finding.reports[name];
        assert.ok(report !== undefined, 'nothing reported');
        if (report.failed !== undefined) assert.fail(report.failed);
        if (report.cannot !== undefined) return;
        assert.deepEqual(report.saw, part.saw);
        await part.afterwards?.(stage.owner, driver.key);
      });
    }
  });
}

test('drivers that ran, and those that are not installed', (t) => {
  t.diagnostic(`ran: ${there.map(({ title }) => title).join(', ')}`);
  const missing = drivers.filter((driver) => !there.includes(driver)).map(({ title }) => title);
  t.diagnostic(`not run: ${missing.join(', ') || 'none'}`);
  assert.ok(there.length > 0, 'run test/clients/drivers/install.sh');
});

test('docs/drivers.md says what was found', () => checkTable(findings));
