/** MovieLens' ml-latest-small, where there is one: `$WARREN_DATA`, or `shared/data` beside the repository. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const DATA =
  process.env.WARREN_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));
export const FILES = ['ratings.csv', 'movies.csv'].map((name) => `${DATA}/ml-latest-small/${name}`);

/** True if the real file is there; otherwise says so, and fails where nothing may be left out. */
export function hasRealData(t: TestContext): boolean {
  const missing = FILES.filter((file) => !existsSync(file));
  if (missing.length === 0) return true;
  assert.notEqual(process.env.CI, 'true', `${missing.join(', ')} missing (set WARREN_DATA)`);
  t.skip(`${missing.join(', ')} missing (set WARREN_DATA)`);
  return false;
}
