/** The larger scenarios of the slice. The small ones: interleavings.test.ts. All there are: `npm run interleavings`. */
import { explore } from './explore.js';
import { scenarios } from './scenarios.js';
import { fewStates, slice } from './slice.js';

test.each(slice.filter(([, states]) => states > fewStates))(
  '%s: all %i states keep the promise',
  async (name, states, interleavings) => {
    const explored = await explore(scenarios.find((scenario) => scenario.name === name)!);
    expect([explored.states, explored.interleavings]).toEqual([states, interleavings]);
  },
);
