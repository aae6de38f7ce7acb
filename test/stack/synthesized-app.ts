/** bin/app.ts synthesized as the CDK's CLI does it, for the tests of what it deploys. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';

export const repository = path.resolve(__dirname, '../..');

export interface Synthesized {
  readonly status: number | null;
  readonly stderr: string;
  readonly template: Template;
  readonly report:
    | {
        readonly pluginReports: readonly {
          readonly pluginName: string;
          readonly conclusion: string;
          readonly violations: readonly { readonly ruleName: string }[];
        }[];
      }
    | undefined;
}

/** Synthesizes the app in a process of its own, without network variables, credentials or a home directory. */
export function synthesize(context: Record<string, string> = {}, validation = false): Synthesized {
  const outdir = mkdtempSync(path.join(tmpdir(), 'sojourn-app-'));
  try {
    const flags = JSON.parse(readFileSync(path.join(repository, 'cdk.json'), 'utf8')).context;
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/app.ts'], {
      cwd: repository,
      env: {
        PATH: process.env.PATH,
        CDK_OUTDIR: outdir,
        CDK_CONTEXT_JSON: JSON.stringify({ ...flags, ...context }),
        ...(!validation && { CDK_VALIDATION: 'false' }),
      },
      encoding: 'utf8',
    });
    const read = (name: string) => JSON.parse(readFileSync(path.join(outdir, name), 'utf8'));
    return {
      status,
      stderr,
      template: status === 0 ? Template.fromJSON(read('Sojourn.template.json')) : Template.fromJSON({}),
      report: validation && status === 0 ? read('validation-report.json') : undefined,
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
