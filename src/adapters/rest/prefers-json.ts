/** True when the Accept header prefers `application/json` to XML. XML is the default, and what a header that names neither gets. */
export function prefersJson(accept: string | undefined): boolean {
  if (accept === undefined || accept === '*/*') return false;
  return qualityOf(accept, ['application/json', 'application/*']) > qualityOf(accept, ['application/xml', 'text/xml', 'application/*']);
}

function qualityOf(accept: string, types: readonly string[]): number {
  let best = 0;
  for (const range of accept.toLowerCase().split(',').slice(0, 20)) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (!types.includes(type)) continue;
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = q === undefined ? 1 : Number(q.slice(2)) || 0;
    // an exact name overrules the range that also covers it
    if (!type.endsWith('*')) return quality;
    best = Math.max(best, quality);
  }
  return best;
}
