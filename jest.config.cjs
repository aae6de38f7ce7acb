// `npm test` is the fast loop; `npm run test:slow` takes the suites that need more of two cores (*.slow.test.ts).
const slow = process.env.SOJOURN_TESTS === 'slow';
// Handlers and tests run on this machine's Node; the SDK's warning about Node 20 would clutter what tests print.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** Jest transforms TypeScript with swc (no type check here: `npm run types` does that). */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test', '<rootDir>/lib'],
  testMatch: [slow ? '<rootDir>/test/**/*.slow.test.ts' : '<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: slow ? ['/node_modules/'] : ['/node_modules/', '\\.slow\\.test\\.ts$'],
  transform: {
    '^.+\\.ts$|/@marcbachmann/cel-js/': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
  },
  // It has ES modules only, and Jest has CommonJS only.
  transformIgnorePatterns: ['/node_modules/(?!@marcbachmann/)'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^sojourn$': '<rootDir>/lib/journey/index.ts',
    '^sojourn/lambda$': '<rootDir>/lib/aws/serve.ts',
    '^sojourn/cdk$': '<rootDir>/lib/constructs/index.ts',
    '^sojourn/testing$': '<rootDir>/lib/memory/index.ts',
  },
  // Workers beyond the cores only take memory; Jest's own default on two cores is one.
  maxWorkers: 2,
  testTimeout: 30_000,
};
