/**
 * Where our matcher answers otherwise than the real ruler, on purpose, and why. A pair that no longer differs, or another one
 * that does, fails vectors.test.ts.
 */

/** Events that only one of the two matches; `refusedBy` when only one takes the pattern. */
export interface Difference {
  readonly onlyOurs: readonly string[];
  readonly onlyRuler: readonly string[];
  readonly refusedBy?: string;
}

export const reasons = {
  bigNumbers:
    'JavaScript reads an integer beyond 2^53 as its neighbour; the ruler compares its text, and no range holds it',
  wholeAddressSpace:
    "a block of all addresses: the ruler's range of texts lets in numbers and the other kind of address",
  sameKeyTwice:
    'JavaScript keeps the last of two equal keys of an object; nothing that CloudFormation deploys has them',
  anythingButWildcard:
    'the ruler matches "ab" although neither value alone does (vectors.json has both alone): against its own documentation',
} as const;

export const differences: readonly {
  readonly pattern: string;
  readonly reason: keyof typeof reasons;
  readonly difference: Difference;
}[] = [
  {
    pattern: '{"detail":{"f":[9007199254740993]}}',
    reason: 'bigNumbers',
    difference: { onlyOurs: ['{"detail":{"f":9007199254740992}}'], onlyRuler: [] },
  },
  {
    pattern: '{"detail":{"f":[123456789012345678]}}',
    reason: 'bigNumbers',
    difference: { onlyOurs: ['{"detail":{"f":123456789012345680}}'], onlyRuler: [] },
  },
  {
    pattern: '{"detail":{"f":[{"numeric":[">",10]}]}}',
    reason: 'bigNumbers',
    difference: { onlyOurs: ['{"detail":{"f":9007199254740993}}'], onlyRuler: [] },
  },
  {
    pattern: '{"detail":{"f":[{"numeric":[">=",10]}]}}',
    reason: 'bigNumbers',
    difference: { onlyOurs: ['{"detail":{"f":9007199254740993}}'], onlyRuler: [] },
  },
  {
    pattern: '{"detail":{"f":[{"numeric":[">",5000000000]}]}}',
    reason: 'bigNumbers',
    difference: { onlyOurs: ['{"detail":{"f":9007199254740993}}'], onlyRuler: [] },
  },
  {
    pattern: '{"detail":{"f":[{"numeric":[">",-1]}]}}',
    reason: 'bigNumbers',
    difference: { onlyOurs: ['{"detail":{"f":9007199254740993}}'], onlyRuler: [] },
  },
  {
    pattern: '{"detail":{"f":[{"numeric":[">=",9007199254740993]}]}}',
    reason: 'bigNumbers',
    difference: { onlyOurs: [], onlyRuler: [], refusedBy: 'the ruler' },
  },
  {
    pattern: '{"detail":{"f":[{"cidr":"0.0.0.0/0"}]}}',
    reason: 'wholeAddressSpace',
    difference: {
      onlyOurs: [],
      onlyRuler: [
        '{"detail":{"f":"2001:db8::1"}}',
        '{"detail":{"f":"2001:DB8:0:0:0:0:0:1"}}',
        '{"detail":{"f":"2001:db9::1"}}',
        '{"detail":{"f":10}}',
        '{"detail":{"f":10.0}}',
        '{"detail":{"f":1e1}}',
        '{"detail":{"f":3.14159}}',
        '{"detail":{"f":299.999999}}',
        '{"detail":{"f":1e-7}}',
        '{"detail":{"f":9007199254740993}}',
        '{"detail":{"f":9007199254740992}}',
        '{"detail":{"f":5000000000}}',
        '{"detail":{"f":5000000001}}',
        '{"detail":{"f":123456789012345680}}',
        '{"detail":{"f":1e300}}',
        '{"detail":{"f":[10,"x"]}}',
      ],
    },
  },
  {
    pattern: '{"detail":{"f":[{"cidr":"::/0"}]}}',
    reason: 'wholeAddressSpace',
    difference: {
      onlyOurs: [],
      onlyRuler: [
        '{"detail":{"f":"10.0.0.1"}}',
        '{"detail":{"f":"10.0.0.255"}}',
        '{"detail":{"f":"10.0.1.0"}}',
        '{"detail":{"f":10}}',
        '{"detail":{"f":10.0}}',
        '{"detail":{"f":1e1}}',
        '{"detail":{"f":3.14159}}',
        '{"detail":{"f":299.999999}}',
        '{"detail":{"f":1e-7}}',
        '{"detail":{"f":9007199254740993}}',
        '{"detail":{"f":9007199254740992}}',
        '{"detail":{"f":5000000000}}',
        '{"detail":{"f":5000000001}}',
        '{"detail":{"f":123456789012345680}}',
        '{"detail":{"f":1e300}}',
        '{"detail":{"f":[10,"x"]}}',
        '{"detail":{"f":["abc","10.0.0.1"]}}',
      ],
    },
  },
  {
    pattern: '{"detail":{"f":[{"anything-but":{"wildcard":"*b*"}},{"equals-ignore-case":"a"}]}}',
    reason: 'anythingButWildcard',
    difference: {
      onlyOurs: [],
      onlyRuler: [
        '{"detail":{"f":"ab"}}',
        '{"detail":{"f":"abc"}}',
        '{"detail":{"f":"cab"}}',
        '{"detail":{"f":"äb"}}',
        '{"detail":{"f":"2001:db8::1"}}',
        '{"detail":{"f":"2001:db9::1"}}',
        '{"detail":{"f":"aaaaab"}}',
        '{"detail":{"f":"abcabc"}}',
      ],
    },
  },
  {
    pattern: '{"detail":{"a":{"b":[1]},"a":{"c":[2]}}}',
    reason: 'sameKeyTwice',
    difference: {
      onlyOurs: [
        '{"detail":{"a":[{"b":1,"c":1},{"b":2,"c":2}]}}',
        '{"detail":{"a":[{"b":1},{"c":2}]}}',
        '{"detail":{"a":[{"b":[1,2],"c":[3]},{"b":[4],"c":[2]}]}}',
        '{"detail":{"a":[[{"b":1},{"b":2}],[{"c":2}]]}}',
      ],
      onlyRuler: [],
    },
  },
  {
    pattern: '{"q":[{"anything-but":{"wildcard":"*a*"}},{"equals-ignore-case":"b"}]}',
    reason: 'anythingButWildcard',
    difference: {
      onlyOurs: [],
      onlyRuler: [
        '{"q":[{"p":1.5,"q":1.5},[[],"ab","aab"]],"r":"aab"}',
        '{"p":"ab","q":"ab","r":{"p":-1}}',
        '{"p":"","q":["ba"],"r":[{"r":{"p":2}}]}',
        '{"p":"ba","q":"ab"}',
        '{"q":"ba","r":[[],[]]}',
        '{"p":0,"q":"a"}',
      ],
    },
  },
];
