import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** The least settings that OWASP names for argon2id (the default kind here): about 10 ms a hash. The secrets are random, so more would protect nothing. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Longer texts are no secrets of ours and are not worth hashing. */
const longest = 200;

/** A new client secret: 256 random bits. The prefix lets scanners find one that was published by mistake. */
export function newSecret(): string {
  return `lts_${randomBytes(32).toString('base64url')}`;
}

/** The argon2id hash of a secret, with its settings and salt: what the register keeps. */
export function hashSecret(secret: string): Promise<string> {
  return hash(secret, cost);
}

/** True when the secret is that of one of the hashes. A hash that can't be read counts as another secret. */
export async function checkSecret(secret: string, hashes: readonly string[]): Promise<boolean> {
  if (secret.length > longest) return false;
  const checks = await Promise.all(hashes.map((one) => verify(one, secret).catch(() => false)));
  return checks.includes(true);
}
