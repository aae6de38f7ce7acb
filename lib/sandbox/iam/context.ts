/**
 * The context of a request: the condition keys that IAM compares with a policy's conditions, and their values.
 *
 * Owns: which keys the sandbox can fill, which of them have several values, what AWS puts into the global ones.
 * Must not know: policies. Invariant: a key that is not in the list below is not known to be absent: nothing that depends on it
 * is allowed, and whoever asks is told its name.
 */

/** Keys of one request, in lower case. A key of the list that is missing here is absent from the request. */
export type Context = ReadonlyMap<string, readonly string[]>;

export type Keys = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Keys that a request may have several values of: they are for ForAllValues and ForAnyValue. */
const severalValues: ReadonlySet<string> = new Set([
  'dynamodb:attributes',
  'dynamodb:leadingkeys',
  'events:detail-type',
  'events:source',
  'ses:recipients',
]);

/** For these the sandbox knows the value, or that there is none. */
const filled: ReadonlySet<string> = new Set([
  ...severalValues,
  'aws:currenttime',
  'aws:epochtime',
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalisawsservice',
  'aws:principalservicename',
  'aws:principaltype',
  'aws:requestedregion',
  'aws:resourceaccount',
  'aws:securetransport',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:viaawsservice',
  'dynamodb:enclosingoperation',
  'dynamodb:returnconsumedcapacity',
  'dynamodb:returnvalues',
  'dynamodb:select',
  'iam:passedtoservice',
  'kms:calleraccount',
  'kms:encryptioncontext:aws:logs:arn',
  'kms:encryptioncontext:aws:scheduler:schedule:arn',
  'kms:viaservice',
  'lambda:eventsourcetoken',
  'lambda:functionurlauthtype',
  'lambda:invokedviafunctionurl',
  'lambda:sourcefunctionarn',
  'ses:apiversion',
  'ses:feedbackaddress',
  'ses:fromaddress',
  'ses:fromdisplayname',
]);

export function isKnownKey(key: string): boolean {
  return filled.has(key.toLowerCase());
}

export function hasSeveralValues(key: string): boolean {
  return severalValues.has(key.toLowerCase());
}

export function toContext(...keys: readonly Keys[]): Context {
  const entries = keys.flatMap((some) => Object.entries(some));
  return new Map(
    entries.flatMap(([key, value]): [string, readonly string[]][] =>
      value === undefined ? [] : [[key.toLowerCase(), typeof value === 'string' ? [value] : value]],
    ),
  );
}

/** What every request has. On AWS it would come over TLS; that it does not here is no matter of a policy. */
export function globalKeys(where: { readonly account: string; readonly region: string; readonly nowMs: number }): Keys {
  return {
    'aws:CurrentTime': new Date(where.nowMs).toISOString(),
    'aws:EpochTime': String(Math.floor(where.nowMs / 1000)),
    'aws:RequestedRegion': where.region,
    'aws:ResourceAccount': where.account,
    'aws:SecureTransport': 'true',
  };
}

export function keysOfRole(roleArn: string, account: string): Keys {
  return {
    'aws:PrincipalAccount': account,
    'aws:PrincipalArn': roleArn,
    'aws:PrincipalIsAWSService': 'false',
    'aws:PrincipalType': 'AssumedRole',
    'aws:ViaAWSService': 'false',
    'kms:CallerAccount': account,
  };
}

/**
 * `source`: the resource that makes the service call. EventBridge gives no account: its guide warns that a permission which
 * asks for one keeps it from invoking the function.
 */
export function keysOfService(service: string, source: { readonly arn?: string; readonly account?: string }): Keys {
  return {
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': service,
    'aws:SourceAccount': source.account,
    'aws:SourceArn': source.arn,
  };
}
