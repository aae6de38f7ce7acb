/** Tells a history as a person reads it: the journey, the events, and what happened when. */
import { dawnMs, type History } from './history.js';
import type { Ask, JourneySpec, Node, On, Program, SchemaSpec } from './program.js';
import { play } from './world.js';

export async function storyOf(history: History): Promise<string> {
  const lines: string[] = [];
  await play(history, { story: (line) => lines.push(line) });
  return [...opening(history), ...shortened(lines)].join('\n');
}

/** Beginning and end of a story that nobody would read whole. */
function shortened(lines: readonly string[], most = 300): readonly string[] {
  if (lines.length <= most) return lines;
  const left = lines.length - most;
  return [...lines.slice(0, most / 2), `  ... ${left} lines ...`, ...lines.slice(-most / 2)];
}

function opening({ journey, others = [], events, functionTimeoutS }: History): string[] {
  return [
    `Seconds count from ${new Date(dawnMs).toISOString()}. An invocation has ${functionTimeoutS}s.`,
    ...[journey, ...others].flatMap((spec, i) => introduced(spec, i === 0 ? 'sim' : `sim-${i + 1}`)),
    'Events:',
    ...events.map(
      ({ id, name, customer, s, order, odd, n, account }) =>
        `  ${id}: ${odd ? 'odd ' : ''}${name} of ${customer} at ${s}s${toldData({ order, n, account })}`,
    ),
    'What happened:',
  ];
}

function introduced(journey: JourneySpec, id: string): string[] {
  const { lifeS, acceptLateS, meddles, schemas, timeoutsS = {} } = journey;
  const cancels = journey.cancelOn.map(
    ({ event, windowS, ask, on }) =>
      `${event}${toldOn(on)}${toldAsk(ask)}${windowS === undefined ? '' : ` within ${windowS}s`}`,
  );
  const bounds = [
    ...(lifeS === undefined ? [] : [`a run lasts ${lifeS}s at most`]),
    ...(acceptLateS === undefined ? [] : [`an event may be ${acceptLateS}s late`]),
    ...Object.entries(timeoutsS).map(([step, s]) => `${step} takes ${s}s`),
    ...(schemas ? [toldSchemas(schemas)] : []),
    ...(journey.idempotencyS === undefined ? [] : [`triggers of one order within ${journey.idempotencyS}s are one`]),
    ...(journey.singleton ? [`one run of a ${journey.singleton} at a time`] : []),
    ...(meddles ? ['its code changes what it is given'] : []),
  ];
  return [
    `Journey ${id} is started by ${journey.triggers.map((name) => name + (journey.asks?.[name]?.map(toldAsk).join(' or') ?? '')).join(', ')}, cancelled by ${cancels.join(', ') || 'nothing'}; ${[`${journey.retries} retries`, ...bounds].join('; ')}:`,
    ...program(journey.program, '  '),
  ];
}

function toldSchemas({ names, fromS, untilS }: SchemaSpec): string {
  const from = fromS === undefined ? '' : ` from ${fromS}s on`;
  return `it has schemas for ${names.join(', ')}${from}${untilS === undefined ? '' : ` until ${untilS}s`}`;
}

function program(nodes: Program, indent: string): string[] {
  return nodes.flatMap((node) => tell(node, indent));
}

function tell(node: Node, indent: string): string[] {
  const inner = `${indent}  `;
  switch (node.do) {
    case 'run': {
      const fails = node.fails === undefined ? '' : `, fails ${node.fails} times (${node.how ?? 'error'})`;
      const gives = node.gives === undefined ? '' : `, gives ${node.gives}`;
      return [`${indent}run ${node.id}${fails}${node.caught ? ', caught' : ''}${gives}`];
    }
    case 'stumble':
      return [`${indent}plain code that throws ${node.fails} times (${node.how ?? 'error'})`];
    case 'sleep':
      return [`${indent}sleep ${node.id} ${node.until ? `until ${node.s}s after the trigger` : `for ${node.s}s`}`];
    case 'send':
      return [`${indent}send ${node.id}: ${toldSend(node)}`];
    case 'invoke':
      return [`${indent}invoke ${node.id}: ${toldCall(node)}`];
    case 'wait':
      return [
        `${indent}wait ${node.id} for ${awaitedText(node)}, ${node.s}s${node.since ? ` since ${node.since}` : ''}`,
        ...branch('matched:', node.matched, inner),
        ...branch('timed out:', node.timedOut, inner),
      ];
    case 'mistake':
      return [`${indent}a step that cannot be called (${node.how})`];
    case 'later':
      return [
        `${indent}begin, and await after what follows:`,
        ...tell(node.first, inner),
        ...program(node.body, indent),
      ];
    case 'loop':
      return [`${indent}${node.times} times:`, ...program(node.body, inner)];
    default:
      return [`${indent}${node.do} of:`, ...node.branches.flatMap((nodes) => branch('-', nodes, inner))];
  }
}

function toldSend({ event, odd, two, tsS }: Extract<Node, { do: 'send' }>): string {
  const dated = tsS === undefined ? '' : `, dated ${tsS}s after the trigger`;
  return `${odd ? 'odd ' : ''}${event}${two ? ', twice' : ''}${dated}`;
}

function toldData(data: Readonly<Record<string, unknown>>): string {
  const told = Object.entries(data).filter(([, value]) => value !== undefined);
  return told.map(([name, value]) => `, ${name} ${JSON.stringify(value)}`).join('');
}

function toldAsk(ask: Ask | undefined): string {
  return ask === undefined ? '' : ` (n ${ask})`;
}

function toldOn(on: On | undefined): string {
  return on === undefined ? '' : ` by ${on}`;
}

function awaitedText({ event, on, ask, takes, others = [] }: Extract<Node, { do: 'wait' }>): string {
  const rest = others.map(
    (other) => `${other.event}${toldOn(other.on)}${toldAsk(other.ask)}${other.since ? ` since ${other.since}` : ''}`,
  );
  return `${takes === undefined ? '' : `${takes} of `}${[event + toldOn(on) + toldAsk(ask), ...rest].join(', ')}`;
}

function branch(title: string, nodes: Program, indent: string): string[] {
  return nodes.length === 0 ? [] : [`${indent}${title}`, ...program(nodes, `${indent}  `)];
}

function toldCall({ journey, s, untimed, caught }: Extract<Node, { do: 'invoke' }>): string {
  return `journey ${journey + 1}, ${untimed ? 'no timeout' : `${s}s`}${caught ? ', caught' : ''}`;
}
