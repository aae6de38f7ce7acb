/**
 * Journeys of one hub, whose ids begin alike and which listen to the same events: what is delivered to the wrong function
 * touches no run of another journey, whatever it says.
 */
import type { Step } from '../../lib/engine/stored/document.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import { MemoryRecords } from '../../lib/memory/records.js';
import { textOf } from '../equivalence/both-records.js';
import { cartJourney, dayMs, detail, envelope, hourMs, plainNames, startMs } from './cart.js';
import { Stage } from './stage.js';

const ids = ['c', 'cart', 'cart-b', 'cart-key', 'carts'];

async function hub(): Promise<{ stage: Stage; mails: Map<string, number>; documents(): Promise<string[]> }> {
  const stage = new Stage(new MemoryRecords(), startMs);
  const mails = new Map<string, number>();
  for (const id of ids) {
    // The others wait for less, so that their code would decide otherwise about a run that is not theirs.
    const names = id === 'cart' ? plainNames : { ...plainNames, wait: `wait of ${id}`, purchased: `${id}/bought` };
    stage.add(cartJourney(id, names, () => mails.set(id, (mails.get(id) ?? 0) + 1)));
    await stage.deliver(id, envelope({ name: plainNames.added, id: 'e1', detail: detail('"key|s:b"') }));
  }
  const documents = async () => (await Promise.all(ids.map((id) => stage.runs(id)))).flat().map(textOf);
  return { stage, mails, documents };
}

test('one event starts one run in each of them', async () => {
  const { stage } = await hub();
  for (const id of ids) expect((await stage.runs(id)).map(({ pk }) => pk)).toEqual([`${id}|key|s:key|s:b`]);
});

test('a timer that names a run of another journey is acknowledged and changes nothing', async () => {
  const { stage, documents } = await hub();
  const before = await documents();
  for (const owner of ids) {
    const [run] = await stage.runs(owner);
    const [[step, { deadlineMs }]] = [...run!.steps] as [[string, Step]];
    const text = JSON.stringify({
      sojourn: 'timer',
      run: runIdOf(run!),
      step,
      attempt: 0,
      deadlineMs,
      atMs: startMs,
    });
    for (const other of ids) if (other !== owner) await stage.deliver(other, text);
  }
  expect(await documents()).toEqual(before);
  expect(stage.letters).toEqual([]);
  const told = stage.lines.map((line) => JSON.parse(line) as { did?: string; message?: string });
  expect(told.filter(({ did, message }) => (did ?? message) === 'timerOfNoRun')).toHaveLength(20);
});

test('an event that one awaits is nothing to the others', async () => {
  const { stage } = await hub();
  await stage.until(startMs + hourMs);
  const purchase = envelope({ name: plainNames.purchased, timeMs: hourMs, detail: detail('"key|s:b"') });
  for (const id of ids) await stage.deliver(id, purchase);
  for (const id of ids) {
    expect((await stage.runs(id)).map(({ status }) => status)).toEqual([id === 'cart' ? 'completed' : 'active']);
  }
});

test('each reminds once, and no timer is left', async () => {
  const { stage, mails } = await hub();
  await stage.until(startMs + 2 * dayMs);
  expect([...mails].sort()).toEqual(ids.map((id) => [id, 1]));
  for (const id of ids) expect(stage.timersOf(id)).toEqual([]);
});
