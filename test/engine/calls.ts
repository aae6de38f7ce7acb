/** What an invocation costs: the calls that it makes, as the scripted world sees them. */
import type { Invocation } from './scripted.js';

/** Lets an invocation make all its calls. @returns what they were; a function of a step is one of them. */
export async function callsOf(invocation: Invocation): Promise<string[]> {
  const calls: string[] = [];
  while (invocation.at !== 'acknowledged' && !invocation.at.startsWith('threw')) calls.push(await invocation.next());
  return calls;
}
