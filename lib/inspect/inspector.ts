/**
 * The inspector that a sandbox is handed: views of the runs in its tables, through the same reads as on AWS.
 *
 * Owns: the readers of an access, created once for each. Its shape is the sandbox's; neither imports the other.
 */
import { createReadingClient, TableReader } from '../aws/reading.js';
import { listRuns, type RunQuery, showRun } from './runs.js';
import type { RunSummary, RunView } from './view.js';

/** Where tables can be read. */
export interface TablesAccess {
  readonly endpoint: string;
  readonly tableNames: readonly string[];
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface RunInspector {
  /** By journey and key a Query; by status, or anything less, a paged Scan (see listRuns). */
  runs(access: TablesAccess, query: RunQuery): Promise<{ readonly runs: RunSummary[] }>;
  run(access: TablesAccess, runId: string): Promise<RunView | undefined>;
}

export function inspector(): RunInspector {
  const clients = new Map<string, ReturnType<typeof createReadingClient>>();
  const readers = ({ tableNames, ...access }: TablesAccess): TableReader[] => {
    const place = JSON.stringify([access.endpoint, access.region, access.credentials.accessKeyId]);
    const client = clients.get(place) ?? createReadingClient(access);
    clients.set(place, client);
    return tableNames.map((tableName) => new TableReader(client, tableName));
  };
  return {
    runs: async (access, query) => ({ runs: await listRuns(readers(access), query) }),
    run: (access, runId) => showRun(readers(access), runId),
  };
}
