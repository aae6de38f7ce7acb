/**
 * The published versions of a journey's function, as Lambda tells them; and removing one. For the command; not part of a
 * handler's bundle.
 *
 * Owns: these calls. Judges nothing: lib/inspect/versions.ts says which may go.
 */
import {
  DeleteFunctionCommand,
  GetAliasCommand,
  type LambdaClient,
  paginateListVersionsByFunction,
} from '@aws-sdk/client-lambda';
import { liveAlias } from '../contract.js';

export interface PublishedVersions {
  readonly live: string;
  readonly published: readonly { readonly version: string; readonly publishedAtMs: number }[];
}

export async function readVersions(client: LambdaClient, functionName: string): Promise<PublishedVersions> {
  const { FunctionVersion: live = '' } = await client.send(
    new GetAliasCommand({ FunctionName: functionName, Name: liveAlias }),
  );
  const published: { version: string; publishedAtMs: number }[] = [];
  for await (const { Versions = [] } of paginateListVersionsByFunction({ client }, { FunctionName: functionName })) {
    for (const { Version: version = '', LastModified = '' } of Versions) {
      // The one that is not published is among them: $LATEST.
      if (/^\d+$/.test(version)) published.push({ version, publishedAtMs: Date.parse(LastModified) });
    }
  }
  return { live, published };
}

/** Its policy and its failure destination go with it. Lambda refuses to remove what an alias points at. */
export async function removeVersion(client: LambdaClient, functionName: string, version: string): Promise<void> {
  await client.send(new DeleteFunctionCommand({ FunctionName: functionName, Qualifier: version }));
}
