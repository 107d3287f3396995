import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { productRoot } from '../../src/paths.ts';

const script = join(productRoot, 'dist', 'demo', 'main.js');

describe('npm run demo -- --country', () => {
  it('carries documents, statuses and a recall between two provinces over an unkind axis, and proves it in its last line', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, '--country', '--size', '1'], { maxBuffer: 2 ** 26 });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.at(-1)).toMatch(/^demo: 6 packages, 6 deliveries, \d+ receipts verified, 0 lost, 0 doubled, 0 altered$/);
    expect(stdout).toContain('6/6 gói tin trên trục đúng từng byte với bản đã ký');
    expect(stdout).toMatch(/thu hồi 22\/VPUB-TH .* đã hủy \(cancelled\)/);
  }, 180_000);
});
