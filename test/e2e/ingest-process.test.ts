import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';
import { temporaryDirectory } from '../support/temporary.js';
import { temporaryAggregator } from './aggregator.js';

const program = fileURLToPath(new URL('./aggregator-process.js', import.meta.url));

function run(...flags: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [program, ...flags], { encoding: 'utf8', timeout: 30_000 });
  return { status, stderr };
}

/** The last line of stderr: diagnostics are JSON, what concerns the user is a sentence. */
function sentence(stderr: string): string {
  return stderr
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('{'))
    .join('\n');
}

describe('the aggregator’s process', () => {
  test('a usage error exits 2 and shows the usage', () => {
    const { status, stderr } = run('--nosuch');
    assert.equal(status, 2);
    assert.match(stderr, /Usage: panorama aggregator/);
  });

  test('a bad configuration exits 1 and names file and setting', () => {
    const { status, stderr } = run('--config', '/nonexistent');
    assert.equal(status, 1);
    assert.match(sentence(stderr), /^panorama aggregator: The configuration \/nonexistent cannot be read/);
  });

  test('a port that is taken is one clear sentence and exit 1', async (context) => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => {
        const address = taken.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const { status, stderr } = run('--data', temporaryDirectory(context), '--listen', `127.0.0.1:${port}`);
    taken.close();
    assert.equal(status, 1);
    assert.equal(
      sentence(stderr),
      `panorama aggregator: Cannot listen on 127.0.0.1:${port}: another program uses this port; stop it, or choose another port with --listen`,
    );
  });

  test('a data directory in use is one clear sentence and exit 1', async () => {
    const { aggregator, remove } = await temporaryAggregator();
    try {
      await aggregator.start();
      const { status, stderr } = run('--data', aggregator.dataDirectory, '--listen', '127.0.0.1:0');
      assert.equal(status, 1);
      assert.match(sentence(stderr), /^panorama aggregator: Another aggregator uses the data directory/);
    } finally {
      await remove();
    }
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} ends it with 0 and leaves nothing in memory file systems`, async () => {
      const { aggregator, remove } = await temporaryAggregator();
      try {
        await aggregator.start();
        assert.equal(await aggregator.stop(signal), 0);
        assert.deepEqual(readdirSync(aggregator.dataDirectory).sort(), ['commit', 'database', 'lock']);
      } finally {
        await remove();
      }
    });
  }

  test('after SIGKILL its engine goes too, and it starts again on the same directory', async () => {
    const { aggregator, remove } = await temporaryAggregator();
    try {
      await aggregator.start();
      await aggregator.stop('SIGKILL');
      await aggregator.start();
      assert.equal(await aggregator.stop(), 0);
      assert.ok(readdirSync(join(aggregator.dataDirectory, 'database')).length > 0);
    } finally {
      await remove();
    }
  });
});
