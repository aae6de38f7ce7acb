/** The constructs, the package's entry `sojourn/cdk`. */
export { JourneyHub, type JourneyHubProps } from './hub.js';
export { Journey, type JourneyProps } from './journey.js';
