/** Questions about one field `f`: every operator, well and badly written, against values of every kind. */

/** Values of one field; the last events have none. */
export const leafEvents: readonly string[] = [
  ...['"a"', '"A"', '"ab"', '"abc"', '"ABC"', '"cab"', '""', '" "', '"a*c"', '"a\\\\c"', '"Straße"', '"STRASSE"'],
  ...['"ÄB"', '"äb"', '"日本"', '"10"', '"1e1"', '"null"', '"true"', '"10.0.0.1"', '"10.0.0.255"', '"10.0.1.0"'],
  ...[
    '"2001:db8::1"',
    '"2001:DB8:0:0:0:0:0:1"',
    '"2001:db9::1"',
    '"10.0.0.1/24"',
    '"ı"',
    '"I"',
    '"aaaaab"',
    '"abcabc"',
  ],
  ...['10', '10.0', '1e1', '-10', '0', '-0', '0.1', '0.30000000000000004', '3.14159', '299.999999', '1e-7'],
  ...['9007199254740993', '9007199254740992', '5000000000', '5000000001', '123456789012345680', '1e300', '-1e300'],
  ...['true', 'false', 'null', '{}', '[]', '[[]]', '[null]', '["a"]', '["b","a"]', '[10,"x"]', '[["a"],"z"]'],
  ...['{"a":1}', '[{"a":1}]', '[{}]', '[true]', '["abc","10.0.0.1"]'],
].map((value) => `{"detail":{"f":${value}}}`);
export const noField: readonly string[] = [
  '{"detail":{}}',
  '{"detail":{"g":"a"}}',
  '{}',
  '{"detail":null}',
  '{"detail":"a"}',
];

export const leafPatterns: readonly string[] = [
  // equality
  ...['"a"', '"A"', '""', '"Straße"', '"日本"', '"10"', '10', '10.0', '1e1', '-10', '0', '0.1', '3.14159', '1e-7'],
  ...['9007199254740993', '5000000001', '1e300', 'true', 'false', 'null', '"null"', '"a","abc"', '"a",10,null,true'],
  ...['"a*c"', '299.999999', '123456789012345678'],
  // exists
  ...[
    '{"exists":true}',
    '{"exists":false}',
    '{"exists":false},"a"',
    '{"exists":"true"}',
    '{"exists":null}',
    '{"exists":1}',
  ],
  ...['{"exists":false},null', '{"exists":true},{"exists":false}'],
  // prefix, suffix, equals-ignore-case
  ...['{"prefix":"a"}', '{"prefix":"ab"}', '{"prefix":""}', '{"prefix":"10"}', '{"prefix":10}', '{"prefix":null}'],
  ...['{"prefix":["a","b"]}', '{"prefix":{"equals-ignore-case":"A"}}', '{"prefix":{"equals-ignore-case":"äB"}}'],
  ...['{"prefix":{"equals-ignore-case":""}}', '{"prefix":{"equals-ignore-case":1}}', '{"prefix":{"suffix":"a"}}'],
  ...['{"suffix":"c"}', '{"suffix":"bc"}', '{"suffix":""}', '{"suffix":1}', '{"suffix":{"equals-ignore-case":"BC"}}'],
  ...['{"suffix":{"equals-ignore-case":"ße"}}', '{"suffix":["c"]}', '{"equals-ignore-case":"ABC"}'],
  ...['{"equals-ignore-case":"STRASSE"}', '{"equals-ignore-case":"straße"}', '{"equals-ignore-case":"äb"}'],
  ...[
    '{"equals-ignore-case":""}',
    '{"equals-ignore-case":"i"}',
    '{"equals-ignore-case":10}',
    '{"equals-ignore-case":["a"]}',
  ],
  ...['{"equals-ignore-case":"İ"}', '{"equals-ignore-case":null}'],
  // wildcard
  ...['{"wildcard":"a*"}', '{"wildcard":"*a"}', '{"wildcard":"*"}', '{"wildcard":"a*c"}', '{"wildcard":"*b*"}'],
  ...[
    '{"wildcard":"a\\\\*c"}',
    '{"wildcard":"a\\\\\\\\c"}',
    '{"wildcard":"**"}',
    '{"wildcard":"a**"}',
    '{"wildcard":"a\\\\x"}',
  ],
  ...[
    '{"wildcard":"a\\\\"}',
    '{"wildcard":""}',
    '{"wildcard":"abc"}',
    '{"wildcard":"*abc*abc"}',
    '{"wildcard":"*aab"}',
  ],
  ...['{"wildcard":10}', '{"wildcard":"日*"}', '{"wildcard":"10*"}', '{"wildcard":["a*"]}', '{"wildcard":"a\\\\**"}'],
  ...['{"wildcard":"*\\\\*"}', '{"wildcard":"**\\\\*"}', '{"wildcard":"a*b*c"}', '{"wildcard":null}'],
  // numeric
  ...[
    '{"numeric":["=",10]}',
    '{"numeric":["=",10.0]}',
    '{"numeric":["<",10]}',
    '{"numeric":["<=",10]}',
    '{"numeric":[">",10]}',
  ],
  ...[
    '{"numeric":[">=",10]}',
    '{"numeric":[">",0,"<",10]}',
    '{"numeric":[">=",0,"<=",10]}',
    '{"numeric":["<",10,">",0]}',
  ],
  ...[
    '{"numeric":[">",10,"<",0]}',
    '{"numeric":[">",0,"<",0]}',
    '{"numeric":[">=",10,"<=",10]}',
    '{"numeric":["=",0.1]}',
  ],
  ...[
    '{"numeric":["=",0.3]}',
    '{"numeric":[">",5000000000]}',
    '{"numeric":["<",-5000000001]}',
    '{"numeric":["=",1e300]}',
  ],
  ...['{"numeric":["=","10"]}', '{"numeric":["~",10]}', '{"numeric":["!=",10]}', '{"numeric":[]}', '{"numeric":["="]}'],
  ...['{"numeric":[10]}', '{"numeric":10}', '{"numeric":[">",0,"<"]}', '{"numeric":[">",0,"<",10,"<",11]}'],
  ...[
    '{"numeric":[">",0,">",10]}',
    '{"numeric":["=",1,"<",10]}',
    '{"numeric":["<",1,"<",10]}',
    '{"numeric":["=",null]}',
  ],
  ...['{"numeric":[">",-1]}', '{"numeric":["<=",0]}', '{"numeric":["=",-0]}', '{"numeric":[">=",9007199254740993]}'],
  // cidr
  ...['{"cidr":"10.0.0.0/24"}', '{"cidr":"10.0.0.0/8"}', '{"cidr":"10.0.0.1/32"}', '{"cidr":"0.0.0.0/0"}'],
  ...[
    '{"cidr":"2001:db8::/32"}',
    '{"cidr":"::/0"}',
    '{"cidr":"10.0.0.0"}',
    '{"cidr":"10.0.0.0/33"}',
    '{"cidr":"10.0.0/24"}',
  ],
  ...['{"cidr":"10.0.0.0/x"}', '{"cidr":"2001:db8::/129"}', '{"cidr":10}', '{"cidr":"10.0.0.0/24/8"}', '{"cidr":""}'],
  ...['{"cidr":"10.0.0.7/24"}', '{"cidr":"300.0.0.0/8"}', '{"cidr":"10.0.0.0/-1"}', '{"cidr":["10.0.0.0/8"]}'],
  // anything-but
  ...['{"anything-but":"a"}', '{"anything-but":["a","abc"]}', '{"anything-but":10}', '{"anything-but":[10,0]}'],
  ...['{"anything-but":["a",10]}', '{"anything-but":null}', '{"anything-but":[null]}', '{"anything-but":true}'],
  ...['{"anything-but":[]}', '{"anything-but":""}', '{"anything-but":[""]}', '{"anything-but":{"prefix":"a"}}'],
  ...['{"anything-but":{"prefix":["a","1"]}}', '{"anything-but":{"prefix":""}}', '{"anything-but":{"prefix":[]}}'],
  ...['{"anything-but":{"prefix":10}}', '{"anything-but":{"suffix":"c"}}', '{"anything-but":{"suffix":["c","b"]}}'],
  ...[
    '{"anything-but":{"suffix":""}}',
    '{"anything-but":{"equals-ignore-case":"ABC"}}',
    '{"anything-but":{"exists":true}}',
  ],
  ...['{"anything-but":{"equals-ignore-case":["abc","A"]}}', '{"anything-but":{"equals-ignore-case":10}}'],
  ...['{"anything-but":{"equals-ignore-case":[10]}}', '{"anything-but":{"equals-ignore-case":""}}'],
  ...[
    '{"anything-but":{"wildcard":"a*"}}',
    '{"anything-but":{"wildcard":["a*","*c"]}}',
    '{"anything-but":{"wildcard":"**"}}',
  ],
  ...['{"anything-but":{"wildcard":""}}', '{"anything-but":{"wildcard":10}}', '{"anything-but":{"numeric":["=",10]}}'],
  ...[
    '{"anything-but":{}}',
    '{"anything-but":{"prefix":"a","suffix":"c"}}',
    '{"anything-but":{"prefix":{"equals-ignore-case":"A"}}}',
  ],
  ...[
    '{"anything-but":["a",null]}',
    '{"anything-but":["a",{"prefix":"b"}]}',
    '{"anything-but":[["a"]]}',
    '{"anything-but":[true]}',
  ],
  ...['{"anything-but":"a"},"a"', '{"anything-but":"a"},{"exists":false}', '{"anything-but":{"cidr":"10.0.0.0/8"}}'],
  // the ruler against itself: the two alone, and together (differences.ts)
  ...[
    '{"anything-but":{"wildcard":"*b*"}}',
    '{"equals-ignore-case":"a"}',
    '{"anything-but":{"wildcard":"*b*"}},{"equals-ignore-case":"a"}',
  ],
  // not operators
  ...[
    '{"unknown":"a"}',
    '{}',
    '{"prefix":"a","suffix":"c"}',
    '["a"]',
    '{"$or":["a"]}',
    '{"exactly":"a"}',
    '{"Prefix":"a"}',
  ],
].map((pattern) => `{"detail":{"f":[${pattern}]}}`);
