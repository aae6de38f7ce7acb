/**
 * What a verification found, told line by line as it goes.
 *
 * Owns: the count of what held and what did not. Knows nothing of what is checked.
 */
export interface Report {
  /** Runs one check; a failure is told and counted, and what follows goes on. @returns what it gave, or undefined when it failed. */
  check<T>(title: string, attempt: () => Promise<T>): Promise<T | undefined>;
  /** Something seen that is neither right nor wrong. */
  tell(line: string): void;
  readonly passed: number;
  readonly failed: number;
}

export class LineReport implements Report {
  passed = 0;
  failed = 0;

  constructor(private readonly write: (line: string) => void) {}

  async check<T>(title: string, attempt: () => Promise<T>): Promise<T | undefined> {
    const startedMs = performance.now();
    try {
      const result = await attempt();
      this.passed += 1;
      this.write(`ok      ${title} (${seconds(startedMs)})`);
      return result;
    } catch (error) {
      this.failed += 1;
      this.write(`FAILED  ${title} (${seconds(startedMs)})`);
      this.write(indented(error instanceof Error ? error.message : String(error)));
      return undefined;
    }
  }

  tell(line: string): void {
    this.write(line);
  }
}

/** @throws Error that shows both, when they are not the same JSON. */
export function expectSame(what: string, got: unknown, expected: unknown): void {
  const [gotText, expectedText] = [JSON.stringify(got), JSON.stringify(expected)];
  if (gotText !== expectedText) throw new Error(`${what}\n  got      ${gotText}\n  expected ${expectedText}`);
}

function seconds(startedMs: number): string {
  return `${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '        ');
}
