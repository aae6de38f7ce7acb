/** Runs of an older version of the code, cancelled and forgotten by hand: their own code cleans up after them (decisions 020, 021). */
import { sojournHere } from '../docs/play.js';
import { added, deployedTwice, remove, versionsOfTimers } from './deployments.js';
import { expectNothingLeft, type Stand } from './stand.js';

async function operate(stand: Stand, ...words: readonly string[]): Promise<void> {
  const { exitCode, printed } = await sojournHere(stand.sandbox.url, [...words, '--journey', 'cart', '--yes']);
  expect({ exitCode, printed }).toEqual({ exitCode: 0, printed: expect.any(String) });
  await stand.sandbox.settle();
}

test('a run that began before the deployment is cancelled, and no timer of it stays', async () => {
  const stand = await deployedTwice('old');
  await stand.send(added('new'));
  expect(versionsOfTimers(stand).sort()).toEqual(['1', '2']);
  await operate(stand, 'cancel', '--key', 'old');
  expect(await stand.outcomes('cart', 'old')).toEqual(['cancelled']);
  expect(versionsOfTimers(stand)).toEqual(['2']);
  await operate(stand, 'cancel');
  expect(await stand.outcomes('cart', 'new')).toEqual(['cancelled']);
  expectNothingLeft(stand);
});

test.each(['is there', 'was removed'])('a run whose version %s is forgotten', async (state) => {
  const stand = await deployedTwice('old');
  if (state === 'was removed') await remove(stand, '1');
  await operate(stand, 'forget', '--key', 'old');
  expect(await stand.runs()).toEqual([]);
  expectNothingLeft(stand);
});
