/** The sandbox needs what may be left out, and says so. (`npm run test:package` tries it in a folder without it.) */
import { withoutTable } from '../../bin/command/sandbox.js';

const missing = (name: string) =>
  Object.assign(new Error(`Cannot find package '${name}' imported from tables.js`), { code: 'ERR_MODULE_NOT_FOUND' });

test('somebody without dynalite reads how to get it', () => {
  expect(withoutTable(missing('dynalite'))?.message).toMatch(/needs dynalite.* Fix: npm install -D dynalite/);
});

test('fails as it is for another package, and for another error', () => {
  expect(withoutTable(missing('esbuild'))).toBeUndefined();
  expect(withoutTable(new Error("'dynalite' broke"))).toBeUndefined();
});
