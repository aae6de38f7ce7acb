/** Changes of what a time of the clock is to a journey (docs/decisions/037), each of which a history gives away. */
import type { Mutation } from './mutations.js';

export const clockMutations: readonly Mutation[] = [
  {
    name: 'a time lies under the key of its data',
    file: 'lib/engine/stored/key.ts',
    changes: [['if (!definition.keyPaths || isScheduled(definition, event.name))', 'if (!definition.keyPaths)']],
  },
  {
    name: 'a time must have what cancels by a path asks for',
    file: 'lib/engine/arrival/intake.ts',
    changes: [['  if (isScheduled(definition, event.name)) return;\n', '']],
  },
  {
    name: 'a time takes no place where the journey has one run in all',
    file: 'lib/engine/arrival/claim.ts',
    changes: [['if (singleton && !(isTime && singleton.paths))', 'if (singleton && !isTime)']],
  },
  {
    name: 'all times are of one order',
    file: 'lib/engine/arrival/claim.ts',
    changes: [['if (idempotency && !isTime)', 'if (idempotency)']],
  },
  {
    name: 'a run of the clock waits by a key that it does not have',
    file: 'lib/engine/code/opening.ts',
    changes: [['if (!settings.journey.definition.keyPaths || !livesApart(run)) return;', 'if (run) return;']],
  },
];
