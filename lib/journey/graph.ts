/**
 * A journey drawn, as Mermaid's flowchart: whole from declared steps; from a definition alone as far as it says.
 *
 * Owns: the words and shapes of the picture. Knows no page and no file. Invariants: the same journey gives the same text; no
 * name of an author's, whatever its characters, becomes Mermaid.
 */
import type { OtherPath } from './correlation.js';
import type { DeclaredCondition, DeclaredJourney, DeclaredMs, DeclaredStep, DeclaredWait } from './declared/form.js';
import type { JourneyDefinition } from './definition.js';
import { callEventKind } from './invoke.js';

/** @param declaration of a journey without code. */
export function toMermaid(definition: JourneyDefinition, declaration?: DeclaredJourney): string {
  const picture = new Picture();
  if (declaration) drawSteps(picture, definition, declaration);
  else drawDefinition(picture, definition);
  return picture.text();
}

const shapes = {
  event: ['([', '])'],
  step: ['[', ']'],
  wait: ['{{', '}}'],
  choice: ['{', '}'],
} as const;

class Picture {
  private readonly lines: string[] = [];
  private count = 0;

  node(shape: keyof typeof shapes, ...words: readonly string[]): string {
    // Numbers, because words such as `end` are Mermaid's own.
    const name = `n${this.count}`;
    this.count += 1;
    const [open, close] = shapes[shape];
    this.lines.push(`  ${name}${open}"${words.map(escaped).join('<br/>')}"${close}`);
    return name;
  }

  /** @param words of the event that leads along it, if there are any. */
  edge(from: string, to: string, words?: string, dotted = false): void {
    const line = dotted ? '-.->' : '-->';
    this.lines.push(`  ${from} ${line}${words === undefined ? '' : `|"${escaped(words)}"|`} ${to}`);
  }

  text(): string {
    return ['flowchart TD', ...this.lines].join('\n');
  }
}

/** Mermaid's own entities, for all that it or the page could take for something else. */
function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,:/_$=≤≥()'?+-]/gu, (character) => `#${character.codePointAt(0)};`);
}

/** Code says what starts, is awaited and cancels; what it does in between it alone knows. */
function drawDefinition(picture: Picture, definition: JourneyDefinition): void {
  const triggers = startsOf(definition).map((words) => picture.node('event', words));
  const code = picture.node('step', definition.id, 'code', ...claimsOf(definition));
  for (const [i, trigger] of triggers.entries()) picture.edge(trigger, code, shownIf(definition.triggers[i]?.if));
  for (const event of definition.waitsFor)
    if (callEventKind(event) === undefined) picture.edge(picture.node('event', event), code, 'is awaited', true);
  for (const called of definition.invokes ?? []) picture.edge(code, picture.node('step', called), 'calls', true);
  for (const { event, path } of definition.waitsElsewhere ?? [])
    picture.edge(picture.node('event', event), code, `is awaited ${shownWay(path)}`, true);
  for (const event of definition.sends ?? []) picture.edge(code, picture.node('event', event), 'sends', true);
  picture.edge(code, picture.node('event', 'ends'));
  drawCancels(picture, definition, code);
}

/** What starts a run: events, and times. */
function startsOf({ triggers, crons = [] }: JourneyDefinition): string[] {
  const times = crons.map(({ cron, timezone }) => `cron ${cron}${timezone === 'UTC' ? '' : ` ${timezone}`}`);
  return [
    ...triggers.map(({ event }) => (callEventKind(event) === 'invoked' ? 'called by a journey' : event)),
    ...times,
  ];
}

/** Which triggers start no run. What cancels by `singleton` is drawn as what cancels. */
function claimsOf({ idempotency, singleton }: JourneyDefinition): string[] {
  const paths = (of: Readonly<Record<string, string>>): string => [...new Set(Object.values(of))].join(', ');
  const once = idempotency && `once for each ${paths(idempotency.paths)} in ${shownTime(idempotency.periodMs)}`;
  const alone = singleton && `one run at a time${singleton.paths ? ` of each ${paths(singleton.paths)}` : ''}`;
  return [once, alone].filter((words) => typeof words === 'string');
}

/** What cancels a run, and what its handlers follow. A run can be cancelled by hand, too, so `onCancel` shows without anything else. */
function drawCancels(picture: Picture, definition: JourneyDefinition, from: string): void {
  const { timeouts, handles = [] } = definition;
  // That a caller may revoke a call goes without saying.
  const cancelOn = definition.cancelOn.filter(({ event }) => callEventKind(event) === undefined);
  if (handles.includes('failed')) {
    const failed = picture.node('event', 'failed');
    picture.edge(from, failed, 'fails', true);
    picture.edge(failed, picture.node('step', 'onFailure'));
  }
  if (cancelOn.length === 0 && !timeouts && !handles.includes('cancelled')) return;
  const cancelled = picture.node('event', 'cancelled');
  if (timeouts?.startMs !== undefined)
    picture.edge(from, cancelled, `would begin after ${shownTime(timeouts.startMs)}`, true);
  if (timeouts?.finishMs !== undefined)
    picture.edge(from, cancelled, `not over after ${shownTime(timeouts.finishMs)}`, true);
  if (handles.includes('cancelled')) picture.edge(cancelled, picture.node('step', 'onCancel'));
  for (const { event, timeoutMs, path, if: text } of cancelOn) {
    const way = path === undefined ? '' : ` ${shownWay(path)}`;
    const within = timeoutMs === undefined ? '' : ` within ${shownTime(timeoutMs)}`;
    picture.edge(from, cancelled, [`${event}${way}${within}`, shownIf(text)].filter(Boolean).join(', '), true);
  }
}

/** How an event finds runs, where that is not the key. */
function shownWay(path: OtherPath): string {
  return path === null ? 'by every run' : `by ${path}`;
}

/** What of a filter fits into a picture. */
function shownIf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  return `if ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}

/** Where a way stands: a node, and what its way on is called. */
interface Loose {
  readonly from: string;
  readonly words?: string;
}

function drawSteps(picture: Picture, definition: JourneyDefinition, { steps }: DeclaredJourney): void {
  const words = startsOf(definition).map((start, i) => [start, shownIf(definition.triggers[i]?.if)]);
  const start = picture.node('event', ...words.map((of) => of.filter(Boolean).join(', ')), ...claimsOf(definition));
  const open = draw(picture, steps, [{ from: start }]);
  if (open.length > 0) tie(picture, open, picture.node('event', 'ends'));
  drawCancels(picture, definition, start);
}

/** @returns the ways that go on behind the steps. */
function draw(picture: Picture, steps: readonly DeclaredStep[], before: readonly Loose[]): readonly Loose[] {
  return steps.reduce<readonly Loose[]>((open, step) => drawStep(picture, step, open), before);
}

function drawStep(picture: Picture, step: DeclaredStep, open: readonly Loose[]): readonly Loose[] {
  const node = nodeOf(picture, step);
  tie(picture, open, node);
  switch (step.kind) {
    case 'wait':
      return [
        ...draw(picture, step.onMatch ?? [], [{ from: node, words: 'it came' }]),
        ...draw(picture, step.onTimeout ?? [], [{ from: node, words: 'time is up' }]),
      ];
    case 'choice':
      return [
        ...step.when.flatMap(({ condition, steps }) =>
          draw(picture, steps, [{ from: node, words: shownCondition(condition) }]),
        ),
        ...draw(picture, step.otherwise ?? [], [{ from: node, words: 'otherwise' }]),
      ];
    case 'end':
    case 'fail':
      return [];
    default:
      return [{ from: node }];
  }
}

function tie(picture: Picture, open: readonly Loose[], to: string): void {
  for (const { from, words } of open) picture.edge(from, to, words);
}

function nodeOf(picture: Picture, step: DeclaredStep): string {
  switch (step.kind) {
    case 'wait':
      return picture.node('wait', ...wordsOfWait(step));
    case 'sleep':
      return picture.node('wait', step.id, `sleep ${shownTime(step.ms)}`);
    case 'sleepUntil': {
      const before = step.beforeMs === undefined ? '' : `${shownTime(step.beforeMs)} before `;
      return picture.node('wait', step.id, `sleep until ${before}${step.date}`);
    }
    case 'choice':
      return picture.node('choice', step.id);
    case 'send':
      return picture.node('step', step.id, `send ${step.event}`);
    case 'invoke':
      return picture.node('step', step.id, 'invoke a function');
    case 'end':
      return picture.node('event', 'end', ...(step.output === undefined ? [] : [shownOutput(step.output)]));
    case 'fail':
      return picture.node('event', `fail: ${step.name}`);
  }
}

function wordsOfWait({ id, event, match, if: text, timeoutMs }: DeclaredWait): string[] {
  const [path] = typeof match === 'object' && match !== null ? Object.keys(match) : [match];
  const way = path === undefined ? [] : [shownWay(path)];
  const asked = shownIf(text);
  return [id, `wait for ${event}`, ...way, ...(asked === undefined ? [] : [asked]), `at most ${shownTime(timeoutMs)}`];
}

/** What of an output fits into a picture. */
function shownOutput(output: unknown): string {
  const outcome = (output as { readonly outcome?: unknown } | null)?.outcome;
  const text = typeof outcome === 'string' ? outcome : JSON.stringify(output);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

const signs = {
  equals: '=',
  lessThan: 'is less than',
  atMost: '≤',
  greaterThan: 'is greater than',
  atLeast: '≥',
} as const;

function shownCondition(condition: DeclaredCondition): string {
  switch (condition.test) {
    case 'and':
    case 'or':
      return condition.conditions.map((one) => `(${shownCondition(one)})`).join(` ${condition.test} `);
    case 'not':
      return `not (${shownCondition(condition.condition)})`;
    case 'exists':
      return `${shownPath(condition.path)} is there`;
    default:
      return `${shownPath(condition.path)} ${signs[condition.test]} ${condition.value}`;
  }
}

/** `$.trigger.data.plan` -> `plan`: a picture has little room, and the trigger is what most paths lead into. */
function shownPath(path: string): string {
  return path.replace(/^\$\.trigger\.data\./, '').replace(/^\$\.steps\./, '');
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

function shownTime(ms: DeclaredMs): string {
  if (typeof ms === 'object') return 'a time that the deployment sets';
  const unit = units.find(([, size]) => ms % size === 0);
  return unit ? `${ms / unit[1]} ${unit[0]}` : `${ms} ms`;
}
