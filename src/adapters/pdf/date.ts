const FORM = /^D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:Z|([+-])(\d\d)'?(\d\d)?'?)?/;

/** A date of PDF, `D:20260302091500+07'00'` (ISO 32000-1, 7.9.4); without a zone it is taken as UTC. Undefined for anything else. */
export function readPdfDate(text: string): Date | undefined {
  const parts = FORM.exec(text);
  if (parts === null) return undefined;
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', sign, hours = '00', minutes = '00'] = parts;
  const zone = sign === undefined ? 'Z' : `${sign}${hours}:${minutes}`;
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
