/** A journey drawn: whole from declared steps, as far as it goes from a definition; never by an author's characters. */
import { createJourney, type DeclaredJourney, interpret } from 'sojourn';
import { toMermaid } from '../../lib/journey/graph.js';

const drawn = (declaration: DeclaredJourney): string[] =>
  toMermaid(interpret(declaration, { deployed: { t0: '' } }).definition, declaration).split('\n');

test('events that find runs by something else than the key are drawn with it', () => {
  const { definition } = createJourney(
    {
      id: 'order',
      triggers: [{ event: 'placed' }],
      waitsFor: [
        { event: 'settled', match: 'data.payment_id' },
        { event: 'closed', match: null },
      ],
      cancelOn: [{ event: 'gone', match: null }],
    },
    async () => {},
  );
  const lines = toMermaid(definition);
  expect(lines).toContain('is awaited by data.payment_id');
  expect(lines).toContain('is awaited by every run');
  expect(lines).toContain('gone by every run');
});

test('what starts no run is drawn with the code, and with what starts a declared one', () => {
  const claims = { idempotency: { key: 'data.order', period: '24h' }, singleton: { mode: 'skip' } } as const;
  const { definition } = createJourney({ id: 'sync', triggers: [{ event: 'asked' }], ...claims }, async () => {});
  expect(toMermaid(definition)).toContain(
    '["sync<br/>code<br/>once for each data.order in 1 d<br/>one run at a time"]',
  );
  const byShop = { ...definition, singleton: { mode: 'skip', paths: { asked: 'data.shop' } } } as const;
  expect(toMermaid(byShop)).toContain('one run at a time of each data.shop');
  const declared = { id: 'sync', trigger: 'asked', ...claims, steps: [{ kind: 'end' }] } as DeclaredJourney;
  expect(toMermaid(byShop, declared)).toContain('(["asked<br/>once for each data.order in 1 d<br/>');
});

test('declared steps are drawn whole, every way to its end', () => {
  const declaration: DeclaredJourney = {
    id: 'lead',
    trigger: 'lead/entered',
    key: 'data.lead_id',
    cancelOn: [{ event: 'lead/lost', timeoutMs: 7_200_000 }],
    steps: [
      { kind: 'sleep', id: 'settle', ms: 90_000 },
      {
        kind: 'wait',
        id: 'outreach',
        event: 'sales/outreach.logged',
        timeoutMs: 604_800_000,
        onMatch: [{ kind: 'end', output: { outcome: 'contacted' } }],
      },
      {
        kind: 'choice',
        id: 'size',
        when: [
          {
            condition: { test: 'atLeast', path: '$.trigger.data.seats', value: 50 },
            steps: [{ kind: 'invoke', id: 'call', fn: '$.deployed.t0', payload: null }],
          },
          {
            condition: { test: 'not', condition: { test: 'exists', path: '$.trigger.data.mail' } },
            steps: [{ kind: 'fail', name: 'NoAddress', message: 'none' }],
          },
        ],
        otherwise: [{ kind: 'send', id: 'tell', event: 'sales/reminder.due', data: {} }],
      },
      { kind: 'sleepUntil', id: 'visit', date: '$.trigger.data.visit_at', beforeMs: 3_600_000 },
    ],
  };
  expect(drawn(declaration)).toEqual([
    'flowchart TD',
    '  n0(["lead/entered"])',
    '  n1{{"settle<br/>sleep 90 s"}}',
    '  n0 --> n1',
    '  n2{{"outreach<br/>wait for sales/outreach.logged<br/>at most 7 d"}}',
    '  n1 --> n2',
    '  n3(["end<br/>contacted"])',
    '  n2 -->|"it came"| n3',
    '  n4{"size"}',
    '  n2 -->|"time is up"| n4',
    '  n5["call<br/>invoke a function"]',
    '  n4 -->|"seats ≥ 50"| n5',
    '  n6(["fail: NoAddress"])',
    '  n4 -->|"not (mail is there)"| n6',
    '  n7["tell<br/>send sales/reminder.due"]',
    '  n4 -->|"otherwise"| n7',
    '  n8{{"visit<br/>sleep until 1 h before $.trigger.data.visit_at"}}',
    '  n5 --> n8',
    '  n7 --> n8',
    '  n9(["ends"])',
    '  n8 --> n9',
    '  n10(["cancelled"])',
    '  n0 -.->|"lead/lost within 2 h"| n10',
  ]);
});

test('code is drawn as far as its definition says', () => {
  const { definition } = createJourney(
    {
      id: 'cart',
      triggers: [{ event: 'cart/added' }, { event: 'cart/restored' }],
      key: 'data.cart_id',
      waitsFor: ['cart/purchased'],
      cancelOn: [{ event: 'cart/added', timeout: '24h' }, { event: 'cart/emptied' }],
    },
    async () => {},
  );
  expect(toMermaid(definition).split('\n')).toEqual([
    'flowchart TD',
    '  n0(["cart/added"])',
    '  n1(["cart/restored"])',
    '  n2["cart<br/>code"]',
    '  n0 --> n2',
    '  n1 --> n2',
    '  n3(["cart/purchased"])',
    '  n3 -.->|"is awaited"| n2',
    '  n4(["ends"])',
    '  n2 --> n4',
    '  n5(["cancelled"])',
    '  n2 -.->|"cart/added within 1 d"| n5',
    '  n2 -.->|"cart/emptied"| n5',
  ]);
});

test('names of an author’s are words, whatever their characters', () => {
  const odd = '"]; click x "javascript:y" <b>&`\n#';
  const lines = drawn({ id: 'odd', trigger: odd, steps: [{ kind: 'end' }] });
  expect(lines).toEqual([
    'flowchart TD',
    '  n0(["#34;#93;#59; click x #34;javascript:y#34; #60;b#62;#38;#96;#10;#35;"])',
    '  n1(["end"])',
    '  n0 --> n1',
  ]);
});

test('code that says what it sends is drawn sending it', () => {
  const { definition } = createJourney(
    { id: 'telling', triggers: [{ event: 'a' }], sends: ['b', 'c/d'] },
    async () => {},
  );
  expect(toMermaid(definition)).toContain('  n2(["b"])\n  n1 -.->|"sends"| n2\n  n3(["c/d"])\n  n1 -.->|"sends"| n3\n');
});

test('what cancels a run by its time, and what follows its ends, is drawn', () => {
  const { definition } = createJourney(
    {
      id: 'hold',
      triggers: [{ event: 'seat/held' }],
      timeouts: { start: '10m', finish: '3d' },
      onFailure: () => {},
      onCancel: () => {},
    },
    async () => {},
  );
  expect(toMermaid(definition).split('\n').slice(6)).toEqual([
    '  n3(["failed"])',
    '  n1 -.->|"fails"| n3',
    '  n4["onFailure"]',
    '  n3 --> n4',
    '  n5(["cancelled"])',
    '  n1 -.->|"would begin after 10 min"| n5',
    '  n1 -.->|"not over after 3 d"| n5',
    '  n6["onCancel"]',
    '  n5 --> n6',
  ]);
});

test('filters of triggers and of cancelOn stand on their edges, as far as there is room', () => {
  const { definition } = createJourney(
    {
      id: 'order',
      triggers: [{ event: 'placed', if: 'event.data.amount > 100' }],
      key: 'data.user',
      cancelOn: [{ event: 'acted', if: `async.data.role == '${'admin'.repeat(20)}'` }],
    },
    () => null,
  );
  const picture = toMermaid(definition);
  expect(picture).toContain('if event.data.amount #62; 100');
  expect(picture).toMatch(/acted, if async.data.role == '(?:admin)+\S*\.\.\./);
});
