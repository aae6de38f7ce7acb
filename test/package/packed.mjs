/**
 * `npm run test:package`: what a user gets. Builds and packs the package, installs the tarball into an empty CDK project
 * outside of this repository, once as ES modules and once as CommonJS, and there does what a user does first.
 *
 * The project's files are those below ./project, the same for both. Prints one line per check, then `N passed, N failed`.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const repository = path.resolve(here, '../..');
const manifest = createRequire(import.meta.url)(path.join(repository, 'package.json'));
const run = promisify(execFile);
const commandTimeoutMs = 300_000;
/** What `sojourn` and `sojourn/testing` import; test/package/weight.test.ts holds their kinds. */
const bareDependencies = ['@marcbachmann/cel-js', '@standard-schema/spec', 'croner'];

let passed = 0;
let failed = 0;

/** Runs one check; a failure is told and counted, and the next one goes on. */
async function check(title, attempt) {
  const startedMs = performance.now();
  try {
    await attempt();
    passed += 1;
    console.log(`ok      ${title} (${seconds(startedMs)})`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${title} (${seconds(startedMs)})`);
    console.log(indented([error.message, error.stdout, error.stderr].filter(Boolean).join('\n')));
  }
}

/** Output of a command that must succeed. */
async function output(command, args, cwd, env = {}) {
  const options = { cwd, env: { ...process.env, ...env }, timeout: commandTimeoutMs, maxBuffer: 64 * 1_024 * 1_024 };
  const { stdout } = await run(command, args, options);
  return stdout;
}

async function pack(into) {
  await output('npm', ['run', '--silent', 'build'], repository);
  const packed = await output('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', into], repository);
  const [{ filename, files, size, unpackedSize }] = JSON.parse(packed);
  return {
    tarball: path.join(into, filename),
    files: files.map((file) => file.path),
    kilobytes: Math.ceil(size / 1_000),
    unpackedKilobytes: Math.ceil(unpackedSize / 1_000),
  };
}

/** An empty CDK project with the tarball and nothing else of ours. */
async function createProject(directory, type, tarball) {
  const versions = { ...manifest.dependencies, ...manifest.devDependencies };
  const pinned = (...names) => Object.fromEntries(names.map((name) => [name, versions[name]]));
  const project = {
    name: 'shop',
    version: '1.0.0',
    private: true,
    ...(type === 'module' && { type }),
    dependencies: { sojourn: `file:${tarball}`, ...pinned('aws-cdk-lib', 'constructs') },
    devDependencies: pinned('typescript', 'tsx', '@types/node'),
  };
  cpSync(path.join(here, 'project'), directory, { recursive: true });
  writeFileSync(path.join(directory, 'package.json'), JSON.stringify(project, null, 2));
  writeFileSync(path.join(directory, 'cdk.json'), JSON.stringify({ app: 'node --import tsx bin/app.ts' }));
  await output('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], directory);
}

/** Imports the bundle in a process of its own, with no more environment than Node needs. */
async function assertHandlerBundle(directory, journey) {
  const assembly = path.join(directory, 'cdk.out');
  const bundle = readdirSync(assembly)
    .filter((name) => name.startsWith('asset.'))
    .map((name) => path.join(assembly, name, 'index.mjs'))
    .find((file) => readFileSync(file, 'utf8').includes(journey));
  if (bundle === undefined) throw new Error('no asset of the assembly holds the journey');
  const script = `const { handler, journey } = await import(${JSON.stringify(pathToFileURL(bundle).href)});
    process.stdout.write(typeof handler + ' ' + journey.definition.id);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { env: {}, cwd: assembly });
  if (stdout !== `function ${journey}`) throw new Error(`the bundle gives: ${stdout}`);
}

/** The sandbox of the package, started as a command: it says that it is ready, plays a story, and ends on Ctrl-C. */
async function assertSandbox(directory) {
  const command = path.join(directory, 'node_modules/.bin/sojourn');
  const child = spawn(command, ['dev', '--port', '0', '--clock', 'frozen', '--assembly', 'cdk.out'], {
    cwd: directory,
  });
  const lines = [];
  let complaints = '';
  child.stderr.on('data', (text) => {
    complaints += text;
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), 30_000);
  try {
    const exit = once(child, 'exit');
    const url = await Promise.race([readyUrl(child.stdout, lines), exit.then(() => undefined)]);
    if (url === undefined) throw new Error(`it ended before it was ready:\n${lines.join('\n')}\n${complaints}`);
    const bus = lines.map((line) => /^bus +(\S+)$/.exec(line)?.[1]).find(Boolean);
    await playOnSandbox(url, bus);
    child.kill('SIGINT');
    const [code, signal] = await exit;
    if (code !== 0) throw new Error(`it ended with ${code ?? signal} on Ctrl-C: ${complaints}`);
  } finally {
    clearTimeout(deadline);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}

/** A forgotten cart, with plain HTTP: what any client would do. */
async function playOnSandbox(url, bus) {
  const ask = async (method, route, body, headers = {}) => {
    const answer = await fetch(`${url}${route}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route} answers ${answer.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const detail = JSON.stringify({ cart_id: '42', user: { email: 'a@example.com' } });
  const entry = { EventBusName: bus, Source: 'shop', DetailType: 'cart/product.added', Detail: detail };
  const put = await ask(
    'POST',
    '/',
    { Entries: [entry] },
    {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSEvents.PutEvents',
    },
  );
  if (put.FailedEntryCount !== 0) throw new Error(`PutEvents answers ${JSON.stringify(put)}`);
  await ask('POST', '/_sojourn/settle', {});
  await ask('POST', '/_sojourn/clock', { advance: '25h' });
  const runs = JSON.stringify(await ask('GET', '/_sojourn/runs'));
  if (!/"status":"completed"/.test(runs) || !/"outcome":"reminded"/.test(runs)) throw new Error(`the runs are ${runs}`);
}

async function readyUrl(stdout, lines) {
  for await (const line of createInterface({ input: stdout })) {
    lines.push(line);
    const url = /sojourn ready (http:\S+)/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  return undefined;
}

async function assertProject(directory, flavour) {
  const bin = (name) => path.join(directory, 'node_modules/.bin', name);
  await check(`${flavour}: the types of all four entries fit a strict project`, () =>
    output(bin('tsc'), ['-p', '.'], directory),
  );
  if (flavour === 'CommonJS') {
    await check(`${flavour}: the types fit a project that older versions of cdk init wrote`, () =>
      output(
        bin('tsc'),
        ['-p', '.', '--module', 'commonjs', '--moduleResolution', 'node10', '--skipLibCheck'],
        directory,
      ),
    );
  }
  await check(`${flavour}: cdk synth works`, () =>
    output(process.execPath, ['--import', 'tsx', 'bin/app.ts'], directory),
  );
  await check(`${flavour}: the assembly holds a handler bundle that loads`, () =>
    assertHandlerBundle(directory, 'forgotten-cart'),
  );
  await check(`${flavour}: the assembly holds the interpreter with a journey that is declared, and it loads`, () =>
    assertHandlerBundle(directory, 'sales-follow-up'),
  );
  await check(`${flavour}: a story in the test world ends as it should`, async () => {
    const told = await output(process.execPath, ['--import', 'tsx', 'stories/forgotten-cart.ts'], directory);
    if (!told.includes('the story ends well')) throw new Error(`it told: ${told}`);
  });
  await check(`${flavour}: npx sojourn --help explains the command`, async () => {
    const help = await output('npx', ['--no-install', 'sojourn', '--help'], directory);
    if (!/sojourn dev/.test(help)) throw new Error(`it says: ${help}`);
  });
  await check(`${flavour}: npx sojourn dev plays a story on the assembly and stops on Ctrl-C`, () =>
    assertSandbox(directory),
  );
}

/** What grows beyond its bound is looked at by somebody, who then says here why. */
function assertWeight({ files, kilobytes, unpackedKilobytes }) {
  const bounds = { files: [files.length, 850], KB: [kilobytes, 600], 'KB unpacked': [unpackedKilobytes, 2_700] };
  for (const [what, [got, most]] of Object.entries(bounds)) {
    if (got > most) throw new Error(`it has ${got} ${what}, more than ${most}`);
  }
}

/** A folder that has the package and what its author SDK imports: no AWS SDK, no CDK, and nothing above it. */
async function assertBare(directory, tarball) {
  const modules = path.join(directory, 'node_modules');
  mkdirSync(path.join(modules, 'sojourn'), { recursive: true });
  await output('tar', ['-xzf', tarball, '--strip-components=1', '-C', path.join(modules, 'sojourn')], directory);
  for (const name of bareDependencies) {
    cpSync(path.join(repository, 'node_modules', name), path.join(modules, name), { recursive: true });
  }
  const story = `
    const journey = createJourney({ id: 'reminder', triggers: [{ event: 'order/placed' }] }, async ({ step }) => {
      await step.sleep('a-day', '24h');
      return step.run('remind', () => 'reminded');
    });
    const world = createTestWorld({ journeys: [journey] });
    const played = world.send({ name: 'order/placed', data: {} }).then(() => world.advance('24h'));
    played.then(() => process.stdout.write(world.runs()[0].status + ' ' + world.runs()[0].output));`;
  const absent = ['lambda', 'cdk'].map((name) => `import('sojourn/${name}').then(() => process.exit(3), () => {});`);
  const stories = {
    'story.mjs': `import { createJourney } from 'sojourn'; import { createTestWorld } from 'sojourn/testing';${story}`,
    'story.cjs': `const { createJourney } = require('sojourn'); const { createTestWorld } = require('sojourn/testing');${story}`,
  };
  for (const [file, text] of Object.entries(stories)) {
    writeFileSync(path.join(directory, file), `${text}\n${absent.join('\n')}\n`);
    const told = await output(process.execPath, [file], directory);
    if (told !== 'completed reminded') throw new Error(`${file} tells: ${told}`);
  }
}

/** The command without its optional dependency, on an assembly that is there: what asks a stack goes, the sandbox says what is missing. */
async function assertWithoutOptional(directory, tarball, assembly) {
  writeFileSync(path.join(directory, 'package.json'), JSON.stringify({ name: 'shop', private: true }));
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  await output('npm', ['install', '--omit=optional', ...quiet, tarball], directory);
  const packages = readdirSync(path.join(directory, 'node_modules'), { recursive: true })
    .map((file) => file.split(path.sep).slice(-3))
    .filter(([, , file]) => file === 'package.json').length;
  console.log(`        about ${packages} packages`);
  for (const name of ['aws-cdk-lib', 'constructs', 'dynalite']) {
    if (existsSync(path.join(directory, 'node_modules', name))) throw new Error(`${name} was installed`);
  }
  const command = path.join(directory, 'node_modules/.bin/sojourn');
  await output(command, ['runs', '--help'], directory);
  const { stderr } = await run(command, ['dev', '--assembly', assembly], { cwd: directory }).catch((error) => error);
  if (!/^sojourn: the sandbox needs dynalite,.* Fix: npm install/.test(stderr)) throw new Error(`it says: ${stderr}`);
}

function assertContents(files) {
  const surprising = files.filter(
    (file) => !/^(dist\/|docs\/runbook\.md$|package\.json$|README\.md$|LICENSE$|NOTICE$|CHANGELOG\.md$)/.test(file),
  );
  if (surprising.length > 0) throw new Error(`it also holds ${surprising.join(', ')}`);
  for (const file of ['LICENSE', 'NOTICE', 'README.md', 'dist/esm/bin/sojourn.js']) {
    if (!files.includes(file)) throw new Error(`it lacks ${file}`);
  }
}

function seconds(startedMs) {
  return `${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;
}

function indented(text) {
  return text
    .trimEnd()
    .split('\n')
    .slice(0, 60)
    .map((line) => `        ${line}`)
    .join('\n');
}

const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'sojourn-package-')));
let tarball;
await check('the package builds and packs', async () => {
  const packed = await pack(directory);
  ({ tarball } = packed);
  console.log(`        ${packed.files.length} files, ${packed.kilobytes} KB, ${packed.unpackedKilobytes} KB unpacked`);
  assertContents(packed.files);
  assertWeight(packed);
});
if (tarball !== undefined) {
  await check('the author SDK and the test kit work where neither the AWS SDK nor the CDK exists', () => {
    const bare = path.join(directory, 'bare');
    mkdirSync(bare);
    return assertBare(bare, tarball);
  });
  for (const [flavour, type] of [
    ['ESM', 'module'],
    ['CommonJS', 'commonjs'],
  ]) {
    const project = path.join(directory, type);
    const before = failed;
    await check(`${flavour}: the tarball installs into an empty CDK project`, () =>
      createProject(project, type, tarball),
    );
    if (failed === before) await assertProject(project, flavour);
  }
  await check('without optional dependencies all works but the sandbox, which says so', () => {
    const slim = path.join(directory, 'slim');
    mkdirSync(slim);
    return assertWithoutOptional(slim, tarball, path.join(directory, 'module/cdk.out'));
  });
}
if (failed === 0) rmSync(directory, { recursive: true, force: true });
else console.log('The projects are kept in the temporary folder, for a look.');
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
