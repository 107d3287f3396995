import type { Attack } from '../attack.ts';
import { addresses } from './addresses.ts';
import { algorithms } from './algorithms.ts';
import { certificates } from './certificates.ts';
import { content } from './content.ts';
import { controls, plainControls } from './controls.ts';
import { encodings } from './encodings.ts';
import { http } from './http.ts';
import { lifted } from './lifted.ts';
import { multipart } from './multipart.ts';
import { parser } from './parser.ts';
import { references } from './references.ts';
import { replay } from './replay.ts';
import { signatureParts } from './signature-parts.ts';
import { sizes } from './sizes.ts';
import { wrapping } from './wrapping.ts';

/** Every attack, by family. The controls come first: they also warm the gateway up. */
export const families: Readonly<Record<string, readonly Attack[]>> = {
  controls: [...controls, ...plainControls],
  wrapping,
  'signature-parts': signatureParts,
  algorithms,
  references,
  content,
  lifted,
  parser,
  encodings,
  sizes,
  multipart,
  http,
  replay,
  certificates,
  addresses,
};
