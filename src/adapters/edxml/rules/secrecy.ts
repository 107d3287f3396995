import type { Problem } from '../../../routing/problem.ts';
import type { SecrecyField, SecrecyPolicy } from '../../../routing/secrecy.ts';
import { markingIn } from '../../../routing/secrecy.ts';
import type { Field } from '../path.ts';
import type { DocumentReading, Reading } from '../reading.ts';

/** Where a document is marked as a state secret. The problems name field and marking and quote nothing of what was sent. */
export function secrecyProblems(reading: Reading, policy: SecrecyPolicy): Problem[] {
  if (reading.kind !== 'document') return [];
  return Object.entries(policy.fields).flatMap(([name, search]) =>
    fieldsOf(reading, name as SecrecyField).flatMap(({ at, line, value }) => {
      const marking = markingIn(value, search, policy);
      return marking === undefined ? [] : [{ code: 'STATE_SECRET' as const, at, line, params: { marking, field: name } }];
    }),
  );
}

function fieldsOf(reading: DocumentReading, name: SecrecyField): readonly Field[] {
  switch (name) {
    case 'SphereOfPromulgation':
      return [reading.sphere];
    case 'Subject':
      return [reading.subject];
    case 'Content':
      return [reading.content];
    case 'TypeName':
      return [reading.typeName];
    case 'CodeNotation':
      return [reading.notation];
    case 'AttachmentName':
      return [...reading.references, ...reading.files].map((part) => part.name);
  }
}
