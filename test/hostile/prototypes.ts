/** Whether something was added to, taken from or changed on what all objects inherit from. */

const shared = { Object, Array, Function, String, Number, Boolean, Map, Set, Promise, Error, RegExp, Date, JSON };

/** Every property of every prototype, and of the constructors themselves, by identity. */
export function inherited(): ReadonlyMap<string, unknown> {
  const all = new Map<string, unknown>();
  for (const [name, holder] of Object.entries(shared)) {
    collect(all, name, holder);
    if ('prototype' in holder) collect(all, `${name}.prototype`, holder.prototype);
  }
  return all;
}

function collect(all: Map<string, unknown>, name: string, holder: object): void {
  for (const key of Reflect.ownKeys(holder)) {
    const { value, get, set } = Object.getOwnPropertyDescriptor(holder, key)!;
    all.set(`${name} ${String(key)}`, value ?? get ?? set);
  }
  all.set(`${name} inherits`, Object.getPrototypeOf(holder));
}

/** @returns names of what is not as it was. */
export function changed(before: ReadonlyMap<string, unknown>): string[] {
  const now = inherited();
  const names = new Set([...before.keys(), ...now.keys()]);
  return [...names].filter((name) => !Object.is(before.get(name), now.get(name)) || before.has(name) !== now.has(name));
}
