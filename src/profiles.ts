import { decodeBase64 } from './adapters/edxml/base64.ts';
import { parts } from './adapters/mime/multipart.ts';
import type { ProfilePorts } from './adapters/profiles/ports.ts';
import { createProfile } from './adapters/profiles/service.ts';
import { proven } from './adapters/rest/content.ts';
import type { Mount } from './adapters/rest/door.ts';
import { encodeBase64 } from './adapters/soap/base64.ts';
import type { Parts } from './parts.ts';
import { profiles } from './routing/profile.ts';
import { createOwnUnits } from './units.ts';

/** The interfaces of provinces that are switched on, on the way in that REST has. */
export function mountProfiles(
  { config, store, metrics: report, log }: Pick<Parts, 'config' | 'store' | 'metrics' | 'log'>,
  core: Pick<ProfilePorts, 'takeIn' | 'receive'>,
): readonly Mount[] {
  const { facade: lists, mailbox, desk } = store;
  const readContent: ProfilePorts['readContent'] = (found) => proven(store.storage.openPackage(found.text, found.runs), found);
  const agencies = store.register.list;
  const units = createOwnUnits(store, profiles[config.profile]);
  const ports = { ...core, lists, agencies, units, mailbox, desk, report, readContent, decodeBase64, encodeBase64, parts, log };
  return config.provincial.map((name) => createProfile(name, ports, config));
}
