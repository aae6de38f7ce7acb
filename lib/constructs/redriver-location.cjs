/**
 * Where the redriver's source lies, for the hub to bundle: beside this room in the repository, in the ES build of the package.
 *
 * Plain CommonJS, because it is the only kind of module that knows its own place in both builds of the package. The ES build
 * is bundled in either case: an entry in CommonJS would have no export that Lambda finds by name.
 */
const { existsSync } = require('node:fs');
const path = require('node:path');

const inRepository = path.join(__dirname, '../aws/redriver.ts');
const inPackage = path.join(__dirname, '../../../esm/lib/aws/redriver.js');

module.exports = { redriverEntry: existsSync(inRepository) ? inRepository : inPackage };
