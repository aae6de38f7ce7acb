/**
 * The alarms of a hub and of its journeys: what each watches, from when on it rings, and which article of the runbook helps.
 *
 * Owns: thresholds and descriptions. Invariants: an alarm of contract.ts has an article in docs/runbook.md, and its
 * description says where; a journey's alarms are in the journey's stack, so that a hub refers to no journey; missing data
 * never rings but for silence, which is missing data.
 */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type AlarmName, alarmArticles } from '../contract.js';
import { limits } from '../limits.js';
import { JourneyConstructError } from './mistake.js';

/** Which alarms there are, and who is told. */
export interface AlarmProps {
  /**
   * Whether there are alarms: one for the dead letters of the hub, and for each journey one for failed runs, one for throttled
   * invocations and one for late timers. An alarm costs $0.10 a month.
   *
   * @default true
   */
  readonly alarms?: boolean;

  /**
   * Who is told when an alarm rings, and when it is over.
   *
   * @default - nobody: alarms are seen in CloudWatch
   */
  readonly alarmTopic?: sns.ITopic;

  /**
   * Where your people find the runbook: the address of docs/runbook.md, or of your copy. Alarms refer to its headings.
   *
   * @default 'docs/runbook.md of the package sojourn'
   */
  readonly runbook?: string;
}

/** What of a journey is watched. */
export interface WatchedJourney {
  /** Of the journey. */
  readonly id: string;
  /** Runs that failed. */
  readonly failures: cloudwatch.Metric;
  /** Invocations of its function that Lambda refused for now. */
  readonly throttles: cloudwatch.Metric;
  /** How late its timers were looked at, in milliseconds. */
  readonly lateness: cloudwatch.Metric;
  /** Runs that began. */
  readonly starts: cloudwatch.Metric;
  /** No run has begun for so long. */
  readonly silence: Duration | undefined;
}

const period = Duration.minutes(5);
/** Throttled events are tried again for hours: only what lasts is worth an alarm. */
const throttledPeriods = 3;
const hour = Duration.hours(1);
/** CloudWatch looks back at most so far, with periods of an hour. */
const longestSilenceHours = 7 * 24;

/** The alarms of one hub, and of the journeys on it. A hub makes its own. */
export class Alarms {
  constructor(private readonly props: AlarmProps) {}

  /** Whether there are alarms unless a journey says otherwise. */
  get wanted(): boolean {
    return this.props.alarms ?? true;
  }

  /** In the hub's stack. */
  ofHub(hub: Construct, deadLetters: cloudwatch.Metric): void {
    if (!this.wanted) return;
    this.add(hub, 'DeadLettersAlarm', 'deadLetters', {
      metric: deadLetters.with({ statistic: cloudwatch.Stats.MAXIMUM, period }),
      threshold: 1,
      evaluationPeriods: 1,
      alarmDescription:
        'What could not be taken, or failed for a day, waits for a person; SQS forgets it after 14 days.',
    });
  }

  /** In the journey's stack. @throws JourneyConstructError */
  ofJourney(journey: Construct, watched: WatchedJourney, wanted = this.wanted): void {
    if (wanted) this.ofProblems(journey, watched);
    if (watched.silence) this.ofSilence(journey, watched, hoursOf(journey, watched.silence));
  }

  private ofProblems(journey: Construct, { id, failures, throttles, lateness }: WatchedJourney): void {
    this.add(journey, 'FailuresAlarm', 'failures', {
      metric: failures.with({ statistic: cloudwatch.Stats.SUM, period }),
      threshold: 1,
      evaluationPeriods: 1,
      alarmDescription: `Runs of ${id} have failed for good.`,
    });
    this.add(journey, 'ThrottlesAlarm', 'throttles', {
      metric: throttles.with({ statistic: cloudwatch.Stats.SUM, period }),
      threshold: 1,
      evaluationPeriods: throttledPeriods,
      alarmDescription: `Invocations of ${id} have been throttled for a quarter of an hour; Lambda tries them again for six hours.`,
    });
    this.add(journey, 'LatenessAlarm', 'lateness', {
      metric: lateness.with({ statistic: cloudwatch.Stats.MAXIMUM, period }),
      threshold: limits.timerAlarmMs,
      evaluationPeriods: 1,
      alarmDescription: `A timer of ${id} reached its code more than ${Duration.millis(limits.timerAlarmMs).toMinutes()} minutes after its time.`,
    });
  }

  private ofSilence(journey: Construct, { id, starts }: WatchedJourney, hours: number): void {
    this.add(journey, 'SilenceAlarm', 'silence', {
      metric: starts.with({ statistic: cloudwatch.Stats.SUM, period: hour }),
      threshold: 1,
      evaluationPeriods: hours,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
      alarmDescription: `No run of ${id} has begun for ${hours} h.`,
    });
  }

  private add(scope: Construct, id: string, name: AlarmName, props: cloudwatch.AlarmProps): void {
    const { alarmTopic, runbook = 'docs/runbook.md of the package sojourn, ' } = this.props;
    const alarm = new cloudwatch.Alarm(scope, id, {
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      ...props,
      alarmDescription: `${props.alarmDescription} What to do: ${runbook}#${alarmArticles[name]}`,
    });
    if (!alarmTopic) return;
    alarm.addAlarmAction(new SnsAction(alarmTopic));
    alarm.addOkAction(new SnsAction(alarmTopic));
  }
}

function hoursOf(journey: Construct, silence: Duration): number {
  const hours = silence.isUnresolved() ? Number.NaN : silence.toHours({ integral: false });
  if (Number.isInteger(hours) && hours >= 1 && hours <= longestSilenceHours) return hours;
  throw new JourneyConstructError(journey, {
    what: 'silence is not a time that CloudWatch can watch.',
    got: silence.isUnresolved() ? 'a token, known only after deployment' : `${hours} h`,
    expected: `whole hours, from 1 to ${longestSilenceHours}`,
    fix: 'write for example Duration.hours(12): longer than your quietest night',
  });
}
