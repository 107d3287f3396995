import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutgoingPackage } from '../../routing/outbox.ts';
import type { Outcome } from '../../routing/outcome.ts';
import type { Submission, Submit } from '../../routing/upward.ts';
import { writeWhole } from './durable.ts';
import { readFolderRoute } from './settings.ts';

/** What putting packages into folders asks of the world. */
export interface FolderPorts {
  /** The exact bytes of a package; throws before the last piece when they are not those that were accepted. */
  readonly readContent: (sent: OutgoingPackage) => AsyncIterable<Uint8Array>;
}

/** What the disk does; any other error is ours. */
const diskCodes = new Set(['ENOENT', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'ENOTDIR', 'ESTALE', 'ETIMEDOUT', 'EHOSTDOWN']);

/**
 * Puts a package into a folder for whoever carries it on: `<name>.edxml` with its bytes and, before it, `<name>.json` with the recipients
 * that it is for. The name is that of the package and of its recipients, so the same submission again puts the same file into its place.
 */
export function createSubmitToFolder({ readContent }: FolderPorts): Submit {
  return async function submit(submission) {
    const { out } = readFolderRoute(submission.route.settings);
    const { package: sent, recipients } = submission;
    const name = nameOf(submission);
    try {
      if (!(await stat(out)).isDirectory()) return { outcome: { kind: 'unavailable', detail: 'the folder is none', unsent: true } };
      const about = { package: sent.id, sender: sent.sender, reference: sent.reference, recipients, sha256: sent.sha256, size: sent.size };
      await writeWhole(join(out, `${name}.json`), [Buffer.from(`${JSON.stringify(about, null, 2)}\n`)]);
      await writeWhole(join(out, `${name}.edxml`), readContent(sent));
    } catch (error) {
      return { outcome: outcomeOf(error as NodeJS.ErrnoException) };
    }
    return { outcome: { kind: 'delivered', detail: `${name}.edxml` }, docIds: [] };
  };
}

function nameOf({ package: { id }, recipients }: Submission): string {
  return `${id}-${createHash('sha256').update(recipients.join(' ')).digest('hex').slice(0, 8)}`;
}

function outcomeOf(error: NodeJS.ErrnoException): Outcome {
  if (!diskCodes.has(error.code ?? '')) throw error;
  return { kind: 'unavailable', detail: `the folder can not be written (${error.code})`, unsent: true };
}
