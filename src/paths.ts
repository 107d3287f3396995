import { fileURLToPath } from 'node:url';

/** The folder of the installed product: where `schemas/` and `package.json` are. Compiled code lies two levels below it. */
export const productRoot = fileURLToPath(new URL('../../', import.meta.url));
