/**
 * Random declarations over random histories, in memory: one that passes the checks runs to an end that it declares, whatever
 * comes in whatever order, as long as events have the fields that they are said to have.
 */
import fc from 'fast-check';
import { type DeclaredCondition, type DeclaredJourney, type DeclaredStep, interpret } from 'sojourn';
import { createTestWorld, type RunView, type TestWorld } from 'sojourn/testing';
import type { AnyJourney } from '../../../lib/journey/definition.js';

const hourMs = 3_600_000;
const events = ['a', 'b'] as const;
const ids = ['s0', 's1', 's2', 's3', 's4', 's5'] as const;

const reference = fc.oneof(
  fc.constantFrom('$.trigger.data.n', '$.trigger.data.at', '$.run.id'),
  fc.tuple(fc.constantFrom(...ids), fc.constantFrom('', '?', '?')).map(([id, mark]) => `$.steps.${id}.data.n${mark}`),
  fc.constantFrom(...ids).map((id) => `$.steps.${id}.result?`),
);

const { condition } = fc.letrec<{ condition: DeclaredCondition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 2 },
    fc.record({ test: fc.constant('equals' as const), path: reference, value: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ test: fc.constant('exists' as const), path: reference }),
    fc.record({ test: fc.constant('atLeast' as const), path: reference, value: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ test: fc.constant('not' as const), condition: tie('condition') }),
    fc.record({
      test: fc.constantFrom('and' as const, 'or' as const),
      conditions: fc.array(tie('condition'), { minLength: 1, maxLength: 2 }),
    }),
  ),
}));

const id = fc.constantFrom(...ids);
const timeMs = fc.integer({ min: 1, max: 48 }).map((hours) => hours * hourMs);

const { steps } = fc.letrec<{ steps: DeclaredStep[]; step: DeclaredStep }>((tie) => ({
  steps: fc.array(tie('step'), { maxLength: 3, size: 'max' }),
  step: fc.oneof(
    { maxDepth: 3 },
    fc.record({ kind: fc.constant('sleep' as const), id, ms: timeMs }),
    fc.record({ kind: fc.constant('sleepUntil' as const), id, date: fc.constant('$.trigger.data.at') }),
    fc.record({
      kind: fc.constant('send' as const),
      id,
      event: fc.constant('told'),
      data: fc.record({ k: fc.constant('1'), x: reference, text: reference.map((text) => `x {${text}}`) }),
    }),
    fc.record({
      kind: fc.constant('invoke' as const),
      id,
      fn: fc.constant('arn:f'),
      payload: fc.record({ x: reference }),
    }),
    fc.record({ kind: fc.constant('end' as const), output: fc.record({ x: reference }) }),
    fc.record({ kind: fc.constant('fail' as const), name: fc.constant('Declared'), message: fc.constant('m') }),
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        id,
        event: fc.constantFrom(...events),
        timeoutMs: timeMs,
        onMatch: tie('steps'),
        onTimeout: tie('steps'),
      }),
    },
    fc.record({
      kind: fc.constant('choice' as const),
      id,
      when: fc.array(fc.record({ condition, steps: tie('steps') }), { minLength: 1, maxLength: 2 }),
      otherwise: tie('steps'),
    }),
  ),
}));

/** Unique ids from the first step on, so that more programs pass; references to the others are what the checks judge. */
function renamed(list: readonly DeclaredStep[], names: Set<string> = new Set()): DeclaredStep[] {
  const own = (wanted: string): string => {
    const name = names.has(wanted) ? `${wanted}x${names.size}` : wanted;
    names.add(name);
    return name;
  };
  return list.map((step): DeclaredStep => {
    const named = 'id' in step ? { ...step, id: own(step.id) } : step;
    if (named.kind === 'wait') {
      return {
        ...named,
        onMatch: renamed(named.onMatch ?? [], names),
        onTimeout: renamed(named.onTimeout ?? [], names),
      };
    }
    if (named.kind !== 'choice') return named;
    const when = named.when.map((branch) => ({ ...branch, steps: renamed(branch.steps, names) }));
    return { ...named, when, otherwise: renamed(named.otherwise ?? [], names) };
  });
}

const history = fc.array(
  fc.record({
    name: fc.constantFrom('start', ...events),
    n: fc.integer({ min: 0, max: 3 }),
    hours: fc.integer({ min: 0, max: 12 }),
  }),
  { maxLength: 8 },
);

async function play(world: TestWorld, acts: readonly { name: string; n: number; hours: number }[]): Promise<void> {
  for (const { name, n, hours } of [{ name: 'start', n: 1, hours: 0 }, ...acts]) {
    const at = new Date(world.now.getTime() + 5 * hourMs).toISOString();
    await world.send({ name, data: { k: '1', n, at } });
    if (hours > 0) await world.advance(`${hours}h`);
  }
  await world.advance('60d');
}

type Met = Record<'refused' | 'completed' | 'failed' | 'matched' | 'timedOut', number>;

/** @returns undefined where the checks refuse it. */
function checked(program: readonly DeclaredStep[]): AnyJourney | undefined {
  const declaration: DeclaredJourney = { id: 'random', trigger: 'start', key: 'data.k', steps: renamed(program) };
  try {
    return interpret(declaration, { invoke: async () => 7 });
  } catch (error) {
    expect((error as Error).name).toMatch(/^(InvalidDeclaration|InvalidReference)$/);
    return undefined;
  }
}

/** The run came to an end that its declaration has. */
function judge(run: RunView, met: Met): void {
  if (run.status === 'completed') met.completed += 1;
  else {
    expect(run).toMatchObject({ status: 'failed', error: { name: 'Declared' } });
    met.failed += 1;
  }
  for (const { kind, state } of Object.values(run.steps)) {
    if (kind === 'wait' && (state === 'matched' || state === 'timedOut')) met[state] += 1;
  }
}

test('a declaration that passes the checks comes to an end that it declares', async () => {
  const met: Met = { refused: 0, completed: 0, failed: 0, matched: 0, timedOut: 0 };
  await fc.assert(
    fc.asyncProperty(steps, history, async (program, acts) => {
      const journey = checked(program);
      if (journey === undefined) {
        met.refused += 1;
        return;
      }
      const world = createTestWorld({ journeys: [journey] });
      await play(world, acts);
      for (const run of world.runs()) judge(run, met);
      expect(world.deadLetters()).toEqual([]);
      expect(world.timers()).toEqual([]);
    }),
    { numRuns: 1_000, seed: 30 },
  );
  // That the programs are not all refused, and reach what a journey can do.
  for (const count of Object.values(met)) expect(count).toBeGreaterThan(50);
});
