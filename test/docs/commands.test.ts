/** Shell examples name only what there is; those that ask the sandbox are run, on the app of this repository. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { appAssembly, beforehand, repository } from '../e2e/assembly.js';
import { start } from '../e2e/stand.js';
import { type Command, commandsOf, complaintsOf, playedElsewhere, sandboxCall, sojournWords } from './commands.js';
import { type Page, pages } from './pages.js';
import { sojournHere } from './play.js';

beforehand(appAssembly);

const all = pages().flatMap(commandsOf);
const page = (text: string): Page => ({ file: 'docs/a.md', text: `\`\`\`sh\n${text}\n\`\`\`\n` });
const only = (text: string): Command => commandsOf(page(text))[0]!;

test('every shell example names only what there is, or says why it is not run', () => {
  expect(all.length).toBeGreaterThan(30);
  expect(all.flatMap(complaintsOf)).toEqual([]);
  for (const [file, by] of Object.entries(playedElsewhere)) {
    expect(readFileSync(path.join(repository, by), 'utf8')).toContain(file);
  }
});

test('the commands that ask a stack are understood, and the sandbox answers its calls', async () => {
  const stand = await start(await appAssembly());
  await stand.send({ name: 'cart/product.added', data: { cart_id: '42', user: { email: 'a@example.com' } } });
  const needsMore = ['dev', 'cost', 'graph', 'events'];
  for (const command of all) {
    const words = sojournWords(command)?.filter(
      (word, index, list) => word !== '--endpoint' && list[index - 1] !== '--endpoint',
    );
    if (words && !needsMore.includes(words[0]!)) {
      const { exitCode, printed } = await sojournHere(stand.sandbox.url, words);
      expect([command.words.join(' '), exitCode === 2 ? printed : 'understood']).toEqual([
        command.words.join(' '),
        'understood',
      ]);
    }
    const call = sandboxCall(command);
    if (!call) continue;
    const { method, route, body } = call;
    const answer = await fetch(`${stand.sandbox.url}${route}`, { method, ...(body !== undefined && { body }) });
    expect([command.words.join(' '), answer.status]).toEqual([command.words.join(' '), 200]);
  }
}, 120_000);

describe('the reading of a shell example', () => {
  test('takes quotes, comments, continued lines and several commands of a line', () => {
    const text = `npm ci && npm test   # fast\ncurl -X POST localhost:4010/_sojourn/clock \\\n  -d '{"advance":"24h"}'\n# nothing\n`;
    expect(commandsOf(page(text)).map(({ words }) => words)).toEqual([
      ['npm', 'ci'],
      ['npm', 'test'],
      ['curl', '-X', 'POST', 'localhost:4010/_sojourn/clock', '-d', '{"advance":"24h"}'],
    ]);
    expect(sandboxCall(commandsOf(page(text))[2]!)).toEqual({
      method: 'POST',
      route: '/_sojourn/clock',
      body: '{"advance":"24h"}',
    });
  });

  test.each([
    ['npx sojourn walk', 'the command walk'],
    ['npx sojourn runs --colour', '--colour, which sojourn does not know'],
    ['npm run nothing', 'a script that package.json does not have'],
    ['npx jest test/nowhere', 'tests what is not there'],
    ['npx cdk deploy -c colour=red', 'colour, which bin/app.ts does not read'],
    ['export SOJOURN_COLOUR=red', 'SOJOURN_COLOUR, which nothing reads'],
    ['aws s3 ls', 'is not known to this check'],
  ])('fails for %s', (text, complaint) => {
    expect(complaintsOf(only(text))).toEqual([expect.stringContaining(complaint)]);
  });

  test('leaves out what says why it is not run, and fails for a mark that says nothing', () => {
    expect(commandsOf({ file: 'a.md', text: '```sh not run: it asks AWS\naws s3 ls\n```\n' })).toEqual([]);
    expect(() => commandsOf({ file: 'a.md', text: '```sh ignore\nls\n```\n' })).toThrow(
      '"ignore" behind sh says nothing',
    );
  });
});
