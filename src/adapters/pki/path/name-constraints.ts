import type { PathCertificate } from './certificate.ts';
import type { ReadNameConstraints } from './extensions.ts';
import type { GeneralName, NameSubtree } from './general-names.ts';
import type { Name } from './names.ts';
import { attributeTypes, prepared, rdnKey, shownName } from './names.ts';

/**
 * The name of a certificate that the constraints collected above it do not allow, or undefined (RFC 5280, 4.2.1.10 and 6.1.3 b, c).
 * Each extension is kept as it stands: a name must satisfy every one, which is the intersection that 6.1.4 g computes.
 */
export function forbiddenName(certificate: PathCertificate, constraints: readonly ReadNameConstraints[]): string | undefined {
  const names = namesOf(certificate);
  for (const { permitted, excluded } of constraints) {
    const wrong = names.find((name) => !isAllowed(name, permitted, excluded));
    if (wrong !== undefined) return shown(wrong);
  }
  return undefined;
}

/** Subject (unless empty), alternative names, and e-mail addresses in the subject when there is no alternative one. */
function namesOf({ subject, extensions }: PathCertificate): GeneralName[] {
  const alternative = extensions.subjectAltNames;
  const names: GeneralName[] = subject.rdns.length === 0 ? [] : [{ form: 'directory', value: subject }];
  const addresses = alternative.some((name) => name.form === 'email')
    ? []
    : subject.rdns.flat().filter((one) => one.type === attributeTypes['emailAddress'] && one.text !== undefined);
  return [...names, ...alternative, ...addresses.map((one): GeneralName => ({ form: 'email', value: one.text as string }))];
}

function isAllowed(name: GeneralName, permitted: readonly NameSubtree[], excluded: readonly NameSubtree[]): boolean {
  const alike = (subtree: NameSubtree) =>
    subtree.form === name.form && (subtree.form !== 'other' || name.form !== 'other' || subtree.tag === name.tag);
  const within = permitted.filter(alike);
  const without = excluded.filter(alike);
  // Forms that aren't processed here must not pass a constraint on them (6.1.3 demands to process it or to refuse).
  if (name.form === 'other') return within.length + without.length === 0;
  return (within.length === 0 || within.some((subtree) => isWithin(name, subtree))) && !without.some((subtree) => isWithin(name, subtree));
}

function isWithin(name: GeneralName, subtree: NameSubtree): boolean {
  if (name.form === 'directory' && subtree.form === 'directory') return startsWith(name.value, subtree.value);
  if (name.form === 'ip' && subtree.form === 'ip') return addressWithin(name.value, subtree.value);
  if (name.form === 'dns' && subtree.form === 'dns') return hostWithin(name.value, subtree.value);
  if (name.form === 'email' && subtree.form === 'email') return emailWithin(name.value, subtree.value);
  if (name.form === 'uri' && subtree.form === 'uri') return uriWithin(name.value, subtree.value);
  return false;
}

function startsWith(name: Name, base: Name): boolean {
  return base.rdns.every((rdn, i) => name.rdns[i] !== undefined && rdnKey(name.rdns[i]) === rdnKey(rdn));
}

/** `example.vn` allows itself and every host below it. */
function hostWithin(host: string, base: string): boolean {
  const [one, root] = [host.toLowerCase(), base.toLowerCase().replace(/^\./, '')];
  return root === '' || one === root || one.endsWith(`.${root}`);
}

/** A mailbox, all mailboxes of a host, or with a leading dot those of the hosts below a domain. The local part keeps its case. */
function emailWithin(address: string, base: string): boolean {
  const at = address.lastIndexOf('@');
  const [local, host] = [address.slice(0, at), address.slice(at + 1).toLowerCase()];
  if (at < 0) return false;
  if (base.includes('@')) {
    const baseAt = base.lastIndexOf('@');
    return base.slice(0, baseAt) === local && base.slice(baseAt + 1).toLowerCase() === host;
  }
  return base.startsWith('.') ? host.endsWith(base.toLowerCase()) : host === base.toLowerCase();
}

/** The host of a URI: exactly the base, or with a leading dot below it. A URI without a host name can't be judged, so it is not within. */
function uriWithin(uri: string, base: string): boolean {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@[\]]+)(?::\d*)?(?:[/?#]|$)/i.exec(uri)?.[1]?.toLowerCase();
  if (host === undefined) return false;
  return base.startsWith('.') ? host.endsWith(base.toLowerCase()) : host === base.toLowerCase();
}

/** The base is an address followed by a mask. */
function addressWithin(address: Uint8Array, base: Uint8Array): boolean {
  if (base.length !== 2 * address.length) return false;
  return address.every((byte, i) => {
    const mask = base[address.length + i] as number;
    return (byte & mask) === ((base[i] as number) & mask);
  });
}

function shown(name: GeneralName): string {
  if (name.form === 'directory') return shownName(name.value);
  if (name.form === 'ip') return `IP ${[...name.value].join('.')}`;
  return name.form === 'other' ? `form ${name.tag}` : prepared(name.value);
}
