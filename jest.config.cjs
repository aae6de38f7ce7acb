/** Jest transforms TypeScript with swc (no type check here: `npm run types` does that). */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test', '<rootDir>/lib'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] },
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
