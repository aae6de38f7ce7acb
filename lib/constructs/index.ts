/** The constructs, the package's entry `sojourn/cdk`. */
export { type AlarmProps, Alarms } from './alarms.js';
export { HubDashboard } from './dashboard.js';
export { JourneyHub, type JourneyHubProps } from './hub.js';
export { Journey, type JourneyProps } from './journey.js';
export { MeasuredJourney } from './journey-metrics.js';
export type { TellingProps } from './telling.js';
