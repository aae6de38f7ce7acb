/** A call is one step to who reads it: what it called, and what came of that. */
import { refusalId, returnId, revocationId } from '../../lib/engine/calls/call-identity.js';
import { runIdOf } from '../../lib/engine/stored/key.js';
import { explainRun } from '../../lib/inspect/explanation.js';
import { runView } from '../../lib/inspect/view.js';
import { createJourney } from '../../lib/journey/definition.js';
import { invoke, referenceJourney } from '../../lib/journey/invoke.js';
import { ScriptedWorld, tenMs } from '../engine/scripted.js';

const caller = createJourney(
  {
    id: 'caller',
    triggers: [{ event: 'T' }],
    key: 'data.cart',
    cancelOn: [{ event: 'X' }],
    invokes: [referenceJourney('called')],
  },
  async ({ step }) => {
    const call = () =>
      step.invoke('charge', { journey: referenceJourney('called'), timeout: '100s' }).catch(({ name }: Error) => name);
    const both = await Promise.all([call(), call()]);
    await step.sendEvent('told', { name: 'E', data: {} });
    await step.sleep('rest', '1h');
    return both;
  },
);

/** A run that has called twice, and waits. */
async function calling(): Promise<{ world: ScriptedWorld; calls: readonly [string, string] }> {
  const world = new ScriptedWorld(caller);
  await (await world.event('T', 0)).finish();
  const [one, other] = world.sent.map(({ id }) => id) as [string, string];
  return { world, calls: [one, other] };
}

async function back(world: ScriptedWorld, call: string, data: object, id = returnId(call)): Promise<void> {
  world.nowS = 5;
  const event = { id, name: 'sojourn/returned.caller', source: 'sojourn.called', timeMs: tenMs + 5_000, hops: 2, data };
  const from = { id: call, caller: runIdOf(world.run('T0')) };
  await (await world.deliver({ kind: 'event', requestId: 'r', event: { ...event, call: from } })).finish();
}

const storyOf = (world: ScriptedWorld): readonly string[] =>
  explainRun(world.run('T0'), { runs: world.records.runs(), events: [] }, caller.definition).story;

test('a call that is awaited is one step, with the journey that it called', async () => {
  const { world } = await calling();
  expect(storyOf(world).slice(1)).toEqual([
    "'charge': it called called at 2026-11-22T10:00:00Z, and waits for the end of its run until 2026-11-22T10:01:40Z.",
    "'charge:1': it called called at 2026-11-22T10:00:00Z, and waits for the end of its run until 2026-11-22T10:01:40Z.",
  ]);
  expect(runView(world.run('T0')).steps).toMatchObject([
    { id: 'charge', kind: 'call', state: 'waiting', waitsAs: 'charge (return)', called: {} },
    { id: 'charge:1', kind: 'call', state: 'waiting', waitsAs: 'charge (return):1' },
  ]);
});

test('each call is told with its own end: the run that it began, or that it was refused', async () => {
  const { world, calls } = await calling();
  await back(world, calls[1], { journey: 'called', run: 'run-2', status: 'completed', output: 'secret' });
  await back(world, calls[0], { journey: 'called', status: 'failed' }, refusalId(calls[0], tenMs + 5_000));
  const story = storyOf(world);
  expect(story[1]).toBe(
    "'charge': it called called at 2026-11-22T10:00:00Z, which refused the call at 2026-11-22T10:00:05Z.",
  );
  expect(story[2]).toContain("'charge:1': it called called at 2026-11-22T10:00:00Z, whose run run-2 was over");
  expect(story[2]).toContain('(completed)');
  expect(story[3]).toContain("'told' was done");
  expect(story.join()).not.toContain('secret');
  expect(runView(world.run('T0')).steps.map(({ id, kind, called }) => [id, kind, called])).toEqual([
    ['charge', 'call', { journey: 'called', outcome: 'refused' }],
    ['charge:1', 'call', { journey: 'called', run: 'run-2', outcome: 'completed' }],
    ['told', 'send', undefined],
    ['rest', 'sleep', undefined],
  ]);
});

test('a return is told as taken by its call', async () => {
  const { world, calls } = await calling();
  await back(world, calls[0], { journey: 'called', run: 'run-1', status: 'failed', error: { name: 'E', message: '' } });
  const run = world.run('T0');
  const { events } = await world.records.look(run.pk, { from: '' as never });
  const told = explainRun(run, { runs: [run], events }, caller.definition).events;
  expect(told.map(({ as }) => as)).toEqual(['started this run', "was taken by the call 'charge'"]);
});

test('a call that timed out, and one that its caller did not outlive, are told so', async () => {
  const { world } = await calling();
  await (await world.fire('charge (return)')).finish();
  expect(storyOf(world)[1]).toContain('whose run was not over by 2026-11-22T10:01:40Z, and was cancelled.');
  const other = await calling();
  await (await other.world.event('X', 7)).finish();
  expect(storyOf(other.world)[1]).toContain('the run ended before the called one, which was cancelled.');
});

test('a called run names its caller, and says that it was revoked', async () => {
  const called = createJourney(
    { id: 'called', triggers: [invoke()], key: 'data.cart', waitsFor: ['P'] },
    async ({ step }) => step.waitForEvent('P', { event: 'P', timeout: '1h' }),
  );
  const world = new ScriptedWorld(called);
  const from = runIdOf({ pk: 'caller|key|s:42', position: '2026-11-22T10:00:00Z#0#00#T0' as never });
  const call = { id: '1'.repeat(32), caller: from };
  const event = { id: call.id, source: 'sojourn.caller', timeMs: tenMs, hops: 1, data: { cart: '42' }, call };
  for (const [id, name] of [
    [call.id, 'sojourn/invoked.called'],
    [revocationId(call.id), 'sojourn/revoked.called'],
  ] as const)
    await (await world.deliver({ kind: 'event', requestId: name, event: { ...event, id, name } })).finish();
  const run = world.run(call.id);
  const { story, calledBy } = explainRun(run, { runs: [run], events: [] }, called.definition);
  expect(calledBy).toBe(from);
  expect([story[0], story.at(-1)]).toEqual([
    `The run ${from} called it at 2026-11-22T10:00:00Z (${call.id}).`,
    expect.stringContaining('the run that called it does not wait for it any more'),
  ]);
});
