/** Which versions of a journey's code may go. */
import { versionViews } from '../../lib/inspect/versions.js';

const hourMs = 3_600_000;
const tenMs = Date.UTC(2026, 10, 22, 10);
const published = ['10', '2', '1'].map((version) => ({ version, publishedAtMs: tenMs + Number(version) * hourMs }));

function spare(options: { live?: string; runs?: (string | undefined)[]; nowMs?: number } = {}): string[] {
  const { live = '10', runs = [], nowMs = tenMs + 100 * hourMs } = options;
  const activeRuns = runs.map((codeVersion) => (codeVersion === undefined ? {} : { codeVersion }));
  return versionViews({ published, live, activeRuns, nowMs, restMs: 24 * hourMs })
    .filter(({ isSpare }) => isSpare)
    .map(({ version }) => version);
}

test('versions are told from the oldest on, with the runs that each has', () => {
  const activeRuns = [{ codeVersion: '2' }, { codeVersion: '10' }, { codeVersion: '2' }, {}];
  const views = versionViews({ published, live: '10', activeRuns, nowMs: tenMs, restMs: 0 });
  expect(views.map(({ version, activeRuns, isLive }) => [version, activeRuns, isLive])).toEqual([
    ['1', 0, false],
    ['2', 2, false],
    ['10', 1, true],
  ]);
});

test('one is spare when it has no active run, is not live, and was replaced a day ago', () => {
  expect(spare()).toEqual(['1', '2']);
});

test('fails to be spare while a run of it is active', () => {
  expect(spare({ runs: ['1', undefined] })).toEqual(['2']);
});

test('fails to be spare while it is live, whatever was published after it', () => {
  expect(spare({ live: '1' })).toEqual(['2']);
});

test('fails to be spare until what replaced it is a day old', () => {
  expect(spare({ nowMs: tenMs + 26 * hourMs - 1 })).toEqual([]);
  expect(spare({ nowMs: tenMs + 26 * hourMs })).toEqual(['1']);
});

test('fails to be spare if it is the newest, even when an older one was made live by hand', () => {
  expect(spare({ live: '2' })).toEqual(['1']);
});
