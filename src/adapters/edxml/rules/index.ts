import { actionRules } from './actions.ts';
import { agencyRules } from './agencies.ts';
import { attachmentRules } from './attachments.ts';
import { dateRules } from './dates.ts';
import { lengthRules } from './lengths.ts';
import { requiredRules } from './required.ts';
import type { Rule } from './rule.ts';
import { statusRules } from './status.ts';
import { valueRules } from './values.ts';

/** Every rule about the content of a package. What stands where is the schema's business, bodies of attachments are examined apart. */
export const rules: readonly Rule[] = [
  ...requiredRules,
  ...lengthRules,
  ...dateRules,
  ...agencyRules,
  ...actionRules,
  ...statusRules,
  ...attachmentRules,
  ...valueRules,
];
