import { historyOf } from './generate.js';
import { play } from './world.js';

const arg = (n: string, d: number) => {
  const i = process.argv.indexOf(n);
  return i < 0 ? d : Number(process.argv[i + 1]);
};
const seed = arg('--seed', 1),
  runs = arg('--runs', 1000),
  most = arg('--most', 5);
let bad = 0;
const counts: Record<string, number> = {};
const faults: Record<string, any> = {};
let at = seed;
process.on('exit', () => {
  if (at < seed + runs && bad < most) console.log('HANG at seed', at);
});
const t = Date.now();
for (; at < seed + runs; at++) {
  let v;
  try {
    v = await play(historyOf(at), process.argv.includes('--story') ? console.log : undefined);
  } catch (e) {
    console.log('seed', at, 'CRASH', e);
    bad++;
    if (bad >= most) break;
    continue;
  }
  for (const [k, n] of Object.entries(v.counts)) counts[k] = (counts[k] ?? 0) + n;
  for (const [k, n] of Object.entries(v.faults)) {
    faults[k] ??= { drawn: 0, struck: 0 };
    faults[k].drawn += n.drawn;
    faults[k].struck += n.struck;
  }
  if (v.violation) {
    bad++;
    console.log('seed', at, v.violation.check, v.violation.message);
    if (bad >= most) break;
  }
}
console.log((Date.now() - t) / (at - seed), 'ms per history', bad, 'violations of', at - seed);
if (process.argv.includes('--table')) {
  console.log(counts);
  console.table(faults);
}
if (process.argv.includes('--story')) console.log(JSON.stringify(historyOf(seed), null, 0));
