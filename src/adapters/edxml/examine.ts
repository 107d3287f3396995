import type { Attachment } from '../../routing/message.ts';
import type { Examined, Lifted, Run, SignatureClaim } from '../../routing/package.ts';
import type { Problem } from '../../routing/problem.ts';
import { presentable } from '../../routing/problem.ts';
import { vietnamDay } from '../../routing/time.ts';
import { examineAttachment } from './attachment.ts';
import type { ExamineLimits } from './limits.ts';
import { messageOf } from './message.ts';
import { read } from './read-status.ts';
import type { FileReading, Reading } from './reading.ts';
import { inReceivedPlaces } from './received-places.ts';
import { rules } from './rules/index.ts';
import { applyRules } from './rules/rule.ts';
import { secrecyProblems } from './rules/secrecy.ts';
import { checkSchema } from './schema.ts';
import { checkShape, placeRuns } from './shape.ts';
import { claimIn } from './signature.ts';
import type { Tree } from './tree.ts';
import { withTree } from './tree.ts';

interface Findings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** What the tree gave before it was freed. */
interface Look {
  readonly reading: Reading;
  readonly form: readonly Problem[];
  readonly bodies: ReadonlyMap<string, Run>;
  readonly signature: SignatureClaim;
  readonly repairs: readonly Problem[];
}

const DAY = 86_400_000;
/** Longest code of an agency (Amendment 1:2022). */
const CODE_CHARS = 35;

/**
 * Examines a package: parse, schema, signature, reading, rules, attachments. Finds everything that is wrong, not only the first (of a state
 * secret it says only that: nothing of it is to be looked at, quoted or kept any further), and never throws for what somebody sent; throws an Error when a lifted run can't be read. The result can be sent between threads.
 */
export async function examine(lifted: Lifted, limits: ExamineLimits): Promise<Examined> {
  const grown = withTree(lifted, limits, (tree) => look(tree, lifted, limits));
  if ('problems' in grown) return unreadable(await settle(grown.problems, lifted, limits));
  const { reading, form, bodies, signature, repairs } = grown.value;
  const secret = secrecyProblems(reading, limits.secrecy);
  if (secret.length > 0) return { problems: await settle(secret, lifted, limits), warnings: [], ...claimed(reading, lifted), signature };
  const content = applyRules(rules, reading, daysAround(limits.now), limits.origin);
  const files = await examineFiles(reading, bodies);
  const problems = await settle([...withoutEchoes(form, content.problems), ...files.problems], lifted, limits);
  const warnings = await settle([...repairs, ...content.warnings, ...files.warnings], lifted, limits);
  return {
    problems,
    warnings,
    ...(problems.length > 0 ? {} : { message: messageOf(reading, files.attachments) }),
    ...claimed(reading, lifted),
    signature,
  };
}

function look(tree: Tree, lifted: Lifted, limits: ExamineLimits): Look {
  const { bodies, problems } = placeRuns(tree.root, lifted);
  const form = [...checkSchema(tree, limits.problems), ...checkShape(tree.root), ...problems];
  return { form, bodies, signature: claimIn(tree, lifted), reading: read(tree.root), repairs: tree.repairs };
}

function unreadable(problems: readonly Problem[]): Examined {
  return { problems, warnings: [], signature: { state: 'absent' } };
}

async function examineFiles(reading: Reading, bodies: ReadonlyMap<string, Run>): Promise<Findings & { attachments: Attachment[] }> {
  const files = reading.kind === 'document' ? reading.files.filter((file) => file.body.present) : [];
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const attachments: Attachment[] = [];
  for (const file of files) {
    const found = await examineAttachment(bodies.get(file.body.text.trim()) ?? file.body.text, declared(file, reading));
    problems.push(...found.problems);
    warnings.push(...found.warnings);
    if (found.attachment !== undefined) attachments.push(found.attachment);
  }
  return { problems, warnings, attachments };
}

function declared(file: FileReading, reading: Reading) {
  const references = reading.kind === 'document' ? reading.references : [];
  const reference = references.find((one) => one.id === file.id);
  const name = file.name.value === '' ? reference?.name : file.name;
  const type = file.type.value === '' ? reference?.type : file.type;
  return { contentId: file.id, name: name?.raw.trim() ?? '', type: type?.value ?? '', at: file.at, line: file.line };
}

/** Drops what the rules say about a place that the structure is already wrong at: one mistake, one complaint. */
function withoutEchoes(form: readonly Problem[], content: readonly Problem[]): Problem[] {
  const places = new Set(form.map((problem) => problem.at));
  return [...form, ...content.filter((problem) => !places.has(problem.at))];
}

/** In the order of the file, not too many, not too long, with the lines of the file. */
async function settle(problems: readonly Problem[], lifted: Lifted, limits: ExamineLimits): Promise<Problem[]> {
  const ordered = problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)).slice(0, limits.problems);
  return inReceivedPlaces(ordered.map(presentable), lifted);
}

/** The sender's code, unless more than one element of the package could be meant, or it is no code but a long text. */
function claimed({ sender: { code } }: Reading, { runs }: Lifted): Pick<Examined, 'claimedSender'> {
  const { value, at } = code;
  const none = value === '' || value.length > CODE_CHARS || at.includes('[') || runs.some((run) => value.includes(run.token));
  return none ? {} : { claimedSender: value };
}

function daysAround(now: string) {
  const at = new Date(now);
  return { today: vietnamDay(at), tomorrow: vietnamDay(new Date(at.getTime() + DAY)) };
}
