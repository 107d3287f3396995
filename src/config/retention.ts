import { whole } from './kinds.ts';
import { setting } from './setting.ts';

/** How long things are kept. */
export const retentionSettings = {
  recordMonths: setting('LIENTHONG_RECORD_MONTHS', whole(1, 1200), '120', 'Months for which metadata, receipts and events are kept'),
  payloadMonths: setting('LIENTHONG_PAYLOAD_MONTHS', whole(1, 1200), '24', 'Months for which the content of packages is kept'),
};
