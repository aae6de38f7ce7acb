/**
 * Where the interpreter's source lies, for a declared journey to bundle: in the repository, or in the ES build of the package.
 *
 * Plain CommonJS for the same reasons as redriver-location.cjs.
 */
const { existsSync } = require('node:fs');
const path = require('node:path');

const inRepository = path.join(__dirname, '../../aws/declared.ts');
const inPackage = path.join(__dirname, '../../../../esm/lib/aws/declared.js');

module.exports = { interpreterEntry: existsSync(inRepository) ? inRepository : inPackage };
