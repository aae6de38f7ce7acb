/**
 * EventBridge Scheduler: one-shot schedules, fired by the sandbox's clock.
 *
 * Owns: the schedules, the API's operations, when a schedule fires (0 to 59 s late, decided by the seed and its name).
 * Must not know: what an input means, what a request may hold (schedule-request.ts), what a target is (handoffs.ts).
 * Invariants: names are unique in their group; a deleted schedule never fires; one whose hand-off is over is gone if it
 * says ActionAfterCompletion=DELETE.
 */

import { limits } from '../../limits.js';
import type { HandOffService } from '../functions/handoffs.js';
import { AwsError } from '../http/aws-error.js';
import type { Authorize } from '../seams.js';
import type { SandboxResources } from '../template/resources.js';
import type { Author, Report } from '../time/activity.js';
import type { SeededRandom } from '../time/random.js';
import type { Timeline } from '../time/timeline.js';
import { readScheduleRequest, type ScheduleRequest } from './schedule-request.js';

/** An open schedule, as the control API shows it. */
export interface OpenSchedule {
  readonly name: string;
  readonly groupName: string;
  readonly arn: string;
  /** What its `at()` says. */
  readonly fireAtMs: number;
  /** When it will fire here: late, as Scheduler may be. */
  readonly dueMs: number;
  readonly targetArn: string;
  readonly input: string | undefined;
  readonly createdAtMs: number;
}

interface Schedule extends OpenSchedule {
  readonly request: ScheduleRequest;
  readonly by: Author | undefined;
  readonly cancel: () => void;
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

  constructor(private readonly options: SchedulerOptions) {}

  /** Soonest first. */
  open(): readonly OpenSchedule[] {
    return [...this.schedules.values()]
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
    const { timeline, random, report } = this.options;
    const arn = this.arnOf(groupName, name);
    const createdAtMs = timeline.nowMs();
    const { fireAtMs, targetArn, input: payload } = request;
    // A time in the past is accepted and fires as soon as Scheduler gets to it.
    const latenessS = random.numberFor(`late:${id}:${fireAtMs}`, limits.timerLatenessMs / 1000);
    const dueMs = Math.max(fireAtMs, createdAtMs) + latenessS * 1000;
    const due = { kind: 'schedule', dueMs, what: id } as const;
    const cancel = request.enabled ? timeline.add(due, () => this.fire(schedule)) : () => undefined;
    const schedule: Schedule = {
      name,
      groupName,
      arn,
      fireAtMs,
      dueMs,
      targetArn,
      input: payload,
      createdAtMs,
      request,
      by,
      cancel,
    };
    this.schedules.set(id, schedule);
    report({ kind: 'schedule-created', scheduleName: name, groupName, fireAtMs, input: payload, by });
    return { ScheduleArn: arn };
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
    const { name: scheduleName, groupName, fireAtMs, input, arn, request } = schedule;
    report({ kind: 'schedule-fired', scheduleName, groupName, fireAtMs, input, by: undefined });
    const scheduledTime = `${new Date(fireAtMs).toISOString().slice(0, 19)}Z`;
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
        if (request.deleteAfterCompletion && this.schedules.get(id) === schedule) this.schedules.delete(id);
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
