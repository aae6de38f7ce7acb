/**
 * Lines of the log by Powertools Logger: one JSON object a line, with a level that the environment sets.
 *
 * Owns: how a line is filtered and written. Knows no fact, run or journey.
 * Invariants: a line never breaks a run, whatever an author put into it; it goes past Lambda's console, whose prefix would
 * keep CloudWatch from reading a line of metrics. POWERTOOLS_LOG_LEVEL and AWS_LAMBDA_LOG_LEVEL decide, INFO without them
 * (docs/decisions/022).
 */
import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogLine } from '../engine/ports.js';

export type Level = LogLine['level'];
export type WriteLine = (line: string) => void;

type FormatterArguments = Parameters<LogFormatter['formatAttributes']>;

/** Powertools' own attributes (service, sampling rate, function) would take most of an invocation's bytes. */
class RecordFormatter extends LogFormatter {
  override formatAttributes({ logLevel, message }: FormatterArguments[0], { record }: FormatterArguments[1]): LogItem {
    return new LogItem({ attributes: { level: logLevel, message, ...(record as object) } });
  }
}

export class LineLogger extends Logger {
  /** @param write takes a whole line, without its end. */
  constructor(private readonly write: WriteLine = toStdout) {
    super({ logFormatter: new RecordFormatter() });
  }

  /**
   * @param fields an author's, who may have put anything into them; they cannot pass for `place`.
   * @param place what is ours.
   */
  tell(level: Level, message: unknown, place: object, fields?: unknown): void {
    this[level](textOf(message), { record: { ...copyOf(fields), ...place } });
  }

  /** A message of Powertools about its own settings may come before the constructor has set `write`. */
  protected override printLog(_level: number, item: LogItem): void {
    const attributes = item.getAttributes();
    (this.write ?? toStdout)(
      jsonOf(() => JSON.stringify(attributes, this.getJsonReplacer())) ?? withoutFields(attributes),
    );
  }
}

export function toStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Without level and message, which are ours. */
function copyOf(fields: unknown): object {
  try {
    const { level: _level, message: _message, ...rest } = { ...(fields as Record<string, unknown>) };
    return rest;
  } catch {
    return { fields: 'not JSON' };
  }
}

function textOf(message: unknown): string {
  try {
    return String(message);
  } catch {
    return 'not text';
  }
}

/** Texts and numbers only: what is left when something in a line can not be written. */
function withoutFields(attributes: Readonly<Record<string, unknown>>): string {
  const plain = Object.entries(attributes).filter(([, value]) => ['string', 'number'].includes(typeof value));
  return JSON.stringify({ ...Object.fromEntries(plain), fields: 'not JSON' });
}

function jsonOf(text: () => string): string | undefined {
  try {
    return text();
  } catch {
    return undefined;
  }
}
