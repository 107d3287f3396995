import * as libxml2 from 'libxml2-wasm';

/** More than the calls after which V8 keeps feedback, from when on it looks at how an object is used. */
const LOOKUPS = 2000;

/**
 * Makes the parser's node classes compile well; call it once in a thread that examines many packages.
 *
 * The classes of libxml2-wasm are decorated, which leaves the class objects in V8's dictionary mode. V8 then starts to optimise
 * whatever constructs a node, drops the result because it may not rely on such an object, and starts again, for ever: a fifth of the
 * processor time of an examination, and node wrappers that are never fast. An object that serves as a prototype is put in order.
 */
export function settleNodeClasses(): void {
  for (const value of Object.values(libxml2)) {
    if (typeof value === 'function') lookThrough(value);
  }
}

function lookThrough(prototype: object): void {
  for (let i = 0; i < LOOKUPS; i++) {
    const heir = Object.create(prototype) as { readonly absent?: unknown };
    if (heir.absent !== undefined) return;
  }
}
