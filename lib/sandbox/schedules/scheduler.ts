/**
 * EventBridge Scheduler: one-shot schedules and recurring ones, fired by the sandbox's clock.
 *
 * Owns: the schedules, of the API and of the template, and when a schedule fires (0 to 59 s late, decided by the seed and its name).
 * Must not know: what an input means, what a request may hold (schedule-request.ts), what a target is (handoffs.ts).
 * Invariants: names are unique in their group; a deleted schedule never fires; one whose hand-off is over is gone if it
 * says ActionAfterCompletion=DELETE.
 */

import { limits } from '../../limits.js';
import type { HandOffService } from '../functions/handoffs.js';
import { AwsError } from '../http/aws-error.js';
import type { Authorize } from '../seams.js';
import { textOf } from '../template/properties.js';
import type { SandboxResources, ScheduleResource } from '../template/resources.js';
import type { Author, Report } from '../time/activity.js';
import type { SeededRandom } from '../time/random.js';
import type { Timeline } from '../time/timeline.js';
import { readScheduleRequest, type ScheduleRequest } from './schedule-request.js';

/** An open schedule, as the control API shows it. */
export interface OpenSchedule {
  readonly name: string;
  readonly groupName: string;
  readonly arn: string;
  /** What its `at()` says, or the next time of its `cron()`. */
  readonly fireAtMs: number;
  /** When it will fire here: late, as Scheduler may be. */
  readonly dueMs: number;
  readonly targetArn: string;
  readonly input: string | undefined;
  readonly createdAtMs: number;
}

interface Schedule extends OpenSchedule {
  fireAtMs: number;
  dueMs: number;
  readonly request: ScheduleRequest;
  readonly by: Author | undefined;
  cancel: () => void;
}

export interface SchedulerOptions {
  readonly resources: SandboxResources;
  readonly handOffs: HandOffService;
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly report: Report;
  readonly authorize: Authorize;
}

type Input = Readonly<Record<string, unknown>>;

export class SchedulerService {
  private readonly schedules = new Map<string, Schedule>();
  /** Schedules that the template declares, with what it says of each. */
  private readonly declared = new Map<string, string>();

  constructor(private readonly options: SchedulerOptions) {
    this.deploy(options.resources.schedules);
  }

  /** Those that will fire, soonest first. */
  open(): readonly OpenSchedule[] {
    return [...this.schedules.values()]
      .filter(({ dueMs }) => Number.isFinite(dueMs))
      .sort((a, b) => a.dueMs - b.dueMs)
      .map(({ name, groupName, arn, fireAtMs, dueMs, targetArn, input, createdAtMs }) => ({
        name,
        groupName,
        arn,
        fireAtMs,
        dueMs,
        targetArn,
        input,
        createdAtMs,
      }));
  }

  /** What a template declares is there; what it declares no more, or otherwise, is gone. */
  deploy(wanted: readonly ScheduleResource[]): void {
    const next = new Map(wanted.map((one) => [`${groupOf(one)}/${one.name}`, one]));
    for (const [id, text] of this.declared) {
      const one = next.get(id);
      if (one && JSON.stringify(one.body) === text) continue;
      const before = this.schedules.get(id);
      if (before) this.forget(before, 'schedule-deleted', undefined);
      this.declared.delete(id);
    }
    for (const [id, { name, body }] of next) {
      if (this.declared.has(id)) continue;
      this.create(name, groupOf({ body }), body, undefined);
      this.declared.set(id, JSON.stringify(body));
    }
  }

  arnOf(groupName: string, name: string): string {
    const { region, account } = this.options.resources;
    return `arn:aws:scheduler:${region}:${account}:schedule/${groupName}/${name}`;
  }

  answer(operation: string, name: string, input: Input, by: Author | undefined): unknown {
    const groupName = String(input.GroupName ?? 'default');
    switch (operation) {
      case 'CreateSchedule':
        return this.create(name, groupName, input, by);
      case 'GetSchedule':
        return this.get(groupName, name);
      case 'DeleteSchedule':
        this.forget(this.find(groupName, name), 'schedule-deleted', by);
        return {};
      case 'ListSchedules':
        return this.list(input);
      case 'GetScheduleGroup':
        return this.group(name);
      default:
        throw new Error(`scheduler:${operation} is in the model but not here`);
    }
  }

  private create(name: string, groupName: string, input: Input, by: Author | undefined): unknown {
    const request = readScheduleRequest(input);
    this.group(groupName);
    this.checkRole(request.roleArn, this.arnOf(groupName, name));
    const id = `${groupName}/${name}`;
    if (this.schedules.has(id)) throw new AwsError('ConflictException', `Schedule ${name} already exists.`, 409);
    const { timeline, report } = this.options;
    const arn = this.arnOf(groupName, name);
    const createdAtMs = timeline.nowMs();
    const { targetArn, input: payload } = request;
    const [fireAtMs, cancel] = [Number.POSITIVE_INFINITY, () => undefined];
    const given = { name, groupName, arn, targetArn, input: payload, createdAtMs, request, by };
    const schedule: Schedule = { ...given, fireAtMs, dueMs: fireAtMs, cancel };
    this.arm(schedule, createdAtMs);
    this.schedules.set(id, schedule);
    report({
      kind: 'schedule-created',
      scheduleName: name,
      groupName,
      fireAtMs: schedule.fireAtMs,
      input: payload,
      by,
    });
    return { ScheduleArn: arn };
  }

  /** Puts its next firing on the agenda, if it has one. */
  private arm(schedule: Schedule, afterMs: number): void {
    const { timeline, random } = this.options;
    const { name, groupName, request } = schedule;
    const fireAtMs = request.nextMs(afterMs);
    if (fireAtMs === undefined) return;
    const id = `${groupName}/${name}`;
    // A time in the past is accepted and fires as soon as Scheduler gets to it.
    const latenessS = random.numberFor(`late:${id}:${fireAtMs}`, limits.timerLatenessMs / 1000);
    schedule.fireAtMs = fireAtMs;
    schedule.dueMs = Math.max(fireAtMs, timeline.nowMs()) + latenessS * 1000;
    const due = { kind: 'schedule', dueMs: schedule.dueMs, what: id } as const;
    if (request.enabled) schedule.cancel = timeline.add(due, () => this.fire(schedule));
  }

  /** Scheduler tries to assume the role when a schedule is made. */
  private checkRole(roleArn: string, scheduleArn: string): void {
    const caller = { kind: 'service', service: 'scheduler', sourceArn: scheduleArn } as const;
    if (this.options.authorize({ caller, action: 'sts:AssumeRole', resource: roleArn }).allowed) return;
    const message = 'The execution role you provide must allow AWS EventBridge Scheduler to assume the role.';
    throw new AwsError('ValidationException', message);
  }

  private fire(schedule: Schedule): void {
    const { handOffs, random, report } = this.options;
    const firedAtMs = schedule.fireAtMs;
    if (schedule.request.recurring) this.arm(schedule, firedAtMs);
    const { name: scheduleName, groupName, input, arn, request } = schedule;
    report({ kind: 'schedule-fired', scheduleName, groupName, fireAtMs: firedAtMs, input, by: undefined });
    const scheduledTime = `${new Date(firedAtMs).toISOString().slice(0, 19)}Z`;
    const executionId = random.uuid('execution');
    const context: Record<string, string> = {
      'schedule-arn': arn,
      'scheduled-time': scheduledTime,
      'execution-id': executionId,
      'attempt-number': '1',
    };
    const filled = (input ?? '{}').replace(
      /<aws\.scheduler\.([a-z-]+)>/g,
      (whole, key: string) => context[key] ?? whole,
    );
    handOffs.handOver({
      kind: 'schedule',
      sourceArn: arn,
      roleArn: request.roleArn,
      keyArn: request.keyArn,
      targetArn: schedule.targetArn,
      payload: filled,
      trigger: { kind: 'schedule', scheduleName },
      retry: request.retry,
      deadLetterArn: request.deadLetterArn,
      deadLetterAttributes: { SCHEDULE_ARN: arn, SCHEDULED_TIME: scheduledTime, EXECUTION_ID: executionId },
      onOver: () => {
        // A handler may have deleted it in the meantime, or made another of the same name.
        const id = `${groupName}/${scheduleName}`;
        if (request.deleteAfterCompletion && !request.recurring && this.schedules.get(id) === schedule)
          this.schedules.delete(id);
      },
    });
  }

  private forget(schedule: Schedule, kind: 'schedule-deleted', by: Author | undefined): void {
    const { name: scheduleName, groupName, fireAtMs, input } = schedule;
    schedule.cancel();
    this.schedules.delete(`${groupName}/${scheduleName}`);
    this.options.report({ kind, scheduleName, groupName, fireAtMs, input, by });
  }

  private find(groupName: string, name: string): Schedule {
    const schedule = this.schedules.get(`${groupName}/${name}`);
    if (schedule !== undefined) return schedule;
    throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
  }

  private group(name: string): unknown {
    const group = this.options.resources.scheduleGroups.find((one) => one.name === name);
    if (group === undefined)
      throw new AwsError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, 404);
    return { Name: group.name, Arn: group.arn, State: 'ACTIVE' };
  }

  private get(groupName: string, name: string): unknown {
    const { arn, createdAtMs, request } = this.find(groupName, name);
    const { ClientToken: _, ...body } = request.body;
    const defaults = { ActionAfterCompletion: 'NONE', ScheduleExpressionTimezone: 'UTC', State: 'ENABLED' };
    const dates = { CreationDate: createdAtMs / 1000, LastModificationDate: createdAtMs / 1000 };
    return { ...defaults, ...body, Arn: arn, Name: name, GroupName: groupName, ...dates };
  }

  private list(input: Input): unknown {
    const { NamePrefix: prefix = '', GroupName: group, State: state, NextToken: token, MaxResults: most = 100 } = input;
    const found = [...this.schedules.values()]
      .filter((one) => one.name.startsWith(String(prefix)) && (group === undefined || one.groupName === group))
      .filter(({ request }) => state === undefined || request.enabled === (state === 'ENABLED'))
      .sort((a, b) => (a.arn < b.arn ? -1 : 1));
    const from = Number(token ?? 0);
    const to = from + Number(most);
    const schedules = found.slice(from, to).map(({ arn, name, groupName, targetArn, createdAtMs, request }) => {
      const state = request.enabled ? 'ENABLED' : 'DISABLED';
      return {
        Arn: arn,
        Name: name,
        GroupName: groupName,
        State: state,
        CreationDate: createdAtMs / 1000,
        LastModificationDate: createdAtMs / 1000,
        Target: { Arn: targetArn },
      };
    });
    return { Schedules: schedules, ...(to < found.length ? { NextToken: String(to) } : {}) };
  }
}

function groupOf({ body }: Pick<ScheduleResource, 'body'>): string {
  return textOf(body.GroupName) ?? 'default';
}
