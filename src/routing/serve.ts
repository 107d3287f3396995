import type { Addressee } from './addressee.ts';
import type { AgencyEntry } from './directory.ts';
import type { Message } from './message.ts';
import type { Problem } from './problem.ts';
import type { Forwarding } from './receipt.ts';
import type { Matter } from './succession.ts';

/** Whether and how an addressee can be served: `waiting` to be sent to `agency`, or `held` or `failed` with the reason. */
export interface Service {
  readonly state: 'waiting' | 'held' | 'failed';
  readonly agency?: AgencyEntry;
  readonly forwarded?: Forwarding;
  readonly problem?: Problem;
}

/** What the rules of a split may ask of a message. */
export function matterOf(message: Message): Required<Matter> {
  const sender = message.sender.code;
  if (message.kind === 'status') return { sender, notation: notationIn(message.about.code), typeName: '', subject: '' };
  return { sender, notation: message.notation, typeName: message.typeName, subject: message.subject };
}

function notationIn(reference: string | undefined): string {
  return reference?.slice(reference.indexOf('/') + 1) ?? '';
}

/** What becomes of mail to `code`, given who receives it. */
export function serviceFor(code: string, addressee: Exclude<Addressee, { kind: 'unknown' }>): Service {
  const refusal = (state: 'held' | 'failed', problem: Problem['code'], params: Problem['params'] = {}) => ({
    state,
    problem: { code: problem, params: { recipient: code, ...params } },
  });
  switch (addressee.kind) {
    case 'not-yet':
      return { ...refusal('failed', 'RECIPIENT_NOT_YET', { from: addressee.beginsOn }), agency: addressee.agency };
    case 'closed':
      return { ...refusal('failed', 'RECIPIENT_CLOSED'), agency: addressee.agency };
    case 'held':
      return refusal('held', 'RECIPIENT_SPLIT', { candidates: addressee.candidates.map(shown).join('; ') });
    default: {
      const forwarded = addressee.kind === 'agency' ? {} : { forwarded: forwardingOf(code, addressee) };
      const { agency } = addressee;
      if (agency.status === 'suspended') return { ...refusal('held', 'RECIPIENT_SUSPENDED'), agency, ...forwarded };
      return { state: 'waiting', agency, ...forwarded };
    }
  }
}

function shown(agency: AgencyEntry): string {
  return `${agency.code ?? agency.id} ${agency.name}`;
}

function forwardingOf(code: string, { agency, steps }: Extract<Addressee, { kind: 'successor' }>): Forwarding {
  return { to: steps.at(-1)?.to ?? agency.code ?? code, name: agency.name, steps };
}
