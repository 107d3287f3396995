/**
 * What real axes do to those who talk to them (domain 6 and 10, vxp-protocol 5 to 7), for tests. Each happens to a part of the occasions
 * on which it can: the first, and then evenly, so that what happens is the same in every run.
 */
export const misbehaviours = {
  reserialise: 'a fetched package is pretty-printed with CR LF, without its Signature, with a trace header more',
  'null-trace': 'the added trace header has the text null as OrganId',
  'attachment-type': 'the ContentType of the attachments of a fetched package is wrong',
  'duplicate-entries': 'getReceivedEdocList has every entry twice',
  'forget-status': 'updateStatus answers OK and does nothing, so that the entry is listed again',
  'silent-send': 'sendEdoc takes the package and never answers',
  'cut-send': 'sendEdoc takes the package and closes the connection without an answer',
  'lying-fail': 'sendEdoc takes the package and answers FAIL with code 20',
  'lying-ok': 'what is refused is answered with HTTP 200, status OK and success true: only ErrorCode tells',
  'whole-refusal': 'sendEdoc is refused for all of its recipients with 18 or 23 because of some, which it does not name',
  'named-refusal': 'the same, but the text names those because of whom it is',
  unauthorised: 'a call with the right signature is answered 401 with code 15',
  html: 'a call is answered 200 with a page of HTML and not carried out',
} as const;

/** The name of one. */
export type Misbehaviour = keyof typeof misbehaviours;

/** The part of the occasions (above 0, at most 1) for each that happens at all. */
export type Unkindness = Partial<Readonly<Record<Misbehaviour, number>>>;

/** Says on an occasion whether it happens this time. */
export type Happens = (what: Misbehaviour) => boolean;

/** Makes it, counting the occasions of each by itself. */
export function createHappens(unkindness: Unkindness): Happens {
  const counts = new Map<Misbehaviour, number>();
  return (what) => {
    const rate = unkindness[what] ?? 0;
    const before = counts.get(what) ?? 0;
    counts.set(what, before + 1);
    return Math.ceil((before + 1) * rate) > Math.ceil(before * rate);
  };
}
