/** Dates what runs send, now and then: at its place in the code or before it, or ahead, up to hours. Knows no engine. */

import type { Choices } from './chance.js';
import { rewritten } from './changes.js';
import type { JourneySpec, Node, Program } from './program.js';

export function withDates(choices: Choices, journeys: readonly JourneySpec[], unitS: number): readonly JourneySpec[] {
  if (!choices.yes(0.2)) return journeys;
  const dated = (node: Node): Program =>
    node.do === 'send' && choices.yes(0.6) ? [{ ...node, tsS: choices.between(0, 9) * unitS }] : [node];
  return journeys.map((spec) => ({ ...spec, program: rewritten(spec.program, dated) }));
}
