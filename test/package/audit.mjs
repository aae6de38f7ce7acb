/**
 * npm run verify:audit: known vulnerabilities of what is installed with the package, asked of the registry.
 *
 * A registry that has no such service (a mirror, often) is told as SKIPPED, with its answer, and nothing counts as passed; a
 * vulnerability that is high or critical fails. Licences are test/package/licences.test.ts's, which needs no network.
 */
import { spawnSync } from 'node:child_process';

const failing = ['high', 'critical'];
const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  timeout: 120_000,
  shell: process.platform === 'win32',
});

/** What npm printed; undefined for what is no JSON. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const report = parsed(stdout ?? '');
const counts = report?.metadata?.vulnerabilities;
if (counts === undefined) {
  const why = error?.message ?? String(report?.message ?? report?.error?.summary ?? 'no answer').split(' - ')[0];
  process.stdout.write(`SKIPPED: the package registry audits nothing (${why})\n0 passed, 0 failed\n`);
} else {
  for (const { name, severity, range } of Object.values(report.vulnerabilities ?? {})) {
    process.stdout.write(`${severity}: ${name} ${range}\n`);
  }
  const failed = failing.reduce((sum, severity) => sum + (counts[severity] ?? 0), 0);
  process.stdout.write(`${counts.total ?? 0} known vulnerabilities, ${failed} of them high or critical\n`);
  process.stdout.write(failed === 0 ? '1 passed, 0 failed\n' : `0 passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}
