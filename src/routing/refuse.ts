import type { AgencyEntry } from './directory.ts';
import { leavesOut } from './extend.ts';
import { addressees } from './message.ts';
import type { Examined } from './package.ts';
import type { Rejection } from './problem.ts';
import type { Receipt, SignedReceipt, SignReceipt } from './receipt.ts';
import type { Case, Received, ReceivePorts, ReceiveSettings } from './receive.ts';
import { vietnamDay } from './time.ts';

/**
 * Answers a rejection: a package that was accepted before gets its first receipt, whatever would be said of it today, unless it was to be
 * extended to somebody; of any other the evidence is kept and the rejection thrown on. Refusals of our own making (5xx) leave nothing.
 */
export async function answerRefusal(
  ports: ReceivePorts,
  settings: ReceiveSettings,
  one: Case,
  examined: Examined | undefined,
  rejection: Rejection,
): Promise<Received> {
  if (rejection.status >= 500) throw rejection;
  const content = { sha256: one.taken.lifted.sha256, ...(examined?.message === undefined ? {} : { message: examined.message }) };
  const first = await ports.intake.findFirst(content, await mayHaveSent(ports, one, examined));
  if (first !== null && !(await wantsMore(ports, one, examined, first.packageId))) return { first: false, receipt: first };
  await keepEvidence(ports, settings, one, examined, rejection);
  throw rejection;
}

/** Whether a package that was accepted is wanted for somebody whom it was not accepted for. */
async function wantsMore(ports: ReceivePorts, one: Case, examined: Examined | undefined, packageId: string): Promise<boolean> {
  if (one.extends !== true) return false;
  const codes = one.only ?? (examined?.message === undefined ? [] : addressees(examined.message).map(({ code }) => code));
  const there = await ports.intake.accepted(packageId);
  const known = await ports.lookUp(codes, vietnamDay(one.receivedAt));
  const wanted = codes.map((recipient) => ({ recipient, ...agencyIn(known.get(recipient)) }));
  return there !== null && leavesOut(there, wanted);
}

const agencyIn = (entry: AgencyEntry | undefined) => (entry === undefined ? {} : { agencyId: entry.id });

async function keepEvidence(
  ports: ReceivePorts,
  settings: ReceiveSettings,
  one: Case,
  examined: Examined | undefined,
  rejection: Rejection,
): Promise<void> {
  const { sha256, size } = one.taken.lifted;
  const claimedSender = examined?.claimedSender;
  const own = claimedSender === undefined ? undefined : await ownAgency(ports, one, claimedSender);
  const receipt = await signed(ports.signReceipt, {
    id: ports.newId(),
    kind: 'rejected',
    issuedAt: one.receivedAt,
    gateway: settings.gateway,
    package: {
      id: one.packageId,
      sha256,
      size,
      receivedAt: one.receivedAt,
      ...(claimedSender === undefined ? {} : { sender: claimedSender }),
    },
    problems: rejection.problems,
  });
  await ports.intake.refuse({
    packageId: one.packageId,
    clientId: one.client.id,
    ...(own === undefined ? {} : { senderAgencyId: own }),
    ...(claimedSender === undefined ? {} : { claimedSender }),
    ...(one.transportId === undefined ? {} : { transportId: one.transportId }),
    receivedAt: one.receivedAt,
    sha256,
    size,
    problems: rejection.problems,
    receipt,
    event: {
      name: 'package.rejected',
      at: one.receivedAt,
      actor: `client:${one.client.id}`,
      packageId: one.packageId,
      reason: [...new Set(rejection.problems.map((p) => p.code))].join(' ').slice(0, 1000),
    },
  });
}

/** Who may have sent the package before: agencies of the client; whoever it claims when it came over a route. */
async function mayHaveSent(ports: ReceivePorts, one: Case, examined: Examined | undefined): Promise<ReadonlySet<string>> {
  if (one.route === undefined || examined?.claimedSender === undefined) return one.client.agencyIds;
  const found = (await ports.lookUp([examined.claimedSender], vietnamDay(one.receivedAt))).get(examined.claimedSender);
  return new Set(found === undefined || found.channel !== 'upward' ? [] : [found.id]);
}

async function ownAgency(ports: ReceivePorts, one: Case, code: string): Promise<string | undefined> {
  const found = (await ports.lookUp([code], vietnamDay(one.receivedAt))).get(code);
  return found !== undefined && one.client.agencyIds.has(found.id) ? found.id : undefined;
}

/** A receipt with its signed XML. */
export async function signed(signReceipt: SignReceipt, receipt: Receipt): Promise<SignedReceipt> {
  return { ...receipt, xml: await signReceipt(receipt) };
}
