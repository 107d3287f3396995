import type { IncomingMessage, ServerResponse } from 'node:http';
import { axisCodeOf } from '../../routing/axis-codes.ts';
import { problemText, Rejection, reject } from '../../routing/problem.ts';
import { langSon } from './lang-son.ts';
import type { Door, Profile, ProfilePorts, ProfileSettings } from './ports.ts';
import { quangNam } from './quang-nam.ts';

/** Interfaces of provincial gateways that this one can speak, by the name in their path. */
export const profileNames = ['quang-nam', 'lang-son'] as const;

export type ProfileName = (typeof profileNames)[number];

const makers: Readonly<Record<ProfileName, (ports: ProfilePorts, settings: ProfileSettings) => Profile>> = {
  'quang-nam': quangNam,
  'lang-son': langSon,
};

const longestText = 2000;

/** A service below a path of its own. Never throws. */
export interface ProfileService {
  readonly path: string;
  readonly below: true;
  answer(req: IncomingMessage, res: ServerResponse, door: Door): Promise<void>;
}

/** The interface of a province under `/profiles/NAME`, on the functions that the gateway has. */
export function createProfile(name: ProfileName, ports: ProfilePorts, settings: ProfileSettings): ProfileService {
  const profile = makers[name](ports, settings);
  const path = `/profiles/${name}`;
  return {
    path,
    below: true,
    async answer(req, res, door) {
      try {
        const url = new URL(req.url?.replace(/^\/+/, '/') ?? '/', 'http://gateway');
        const answer = await profile.answer({ req, res, door, path: url.pathname.slice(path.length), query: url.searchParams });
        if (answer !== undefined) send(res, 200, answer);
      } catch (error) {
        fail(ports, profile, name, req, res, error);
      }
    },
  };
}

function fail({ log }: ProfilePorts, profile: Profile, name: string, req: IncomingMessage, res: ServerResponse, error: unknown): void {
  const request = String(res.getHeader('Lienthong-Request') ?? '');
  const rejection = error instanceof Rejection ? error : reject('INTERNAL', { params: { request } });
  const about = { request, profile: name, method: req.method };
  if (rejection.status < 500) log.info({ ...about, codes: rejection.problems.map(({ code }) => code).slice(0, 50) }, 'request refused');
  else log.error({ ...about, err: error }, 'request failed');
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  const texts = rejection.problems.map((problem) => {
    const { code, vi, en, at } = problemText(problem);
    return `${code}: ${vi} / ${en}${at === undefined ? '' : ` (${at})`}`;
  });
  if (rejection.status === 429 || rejection.status === 503)
    res.setHeader('Retry-After', String(rejection.problems[0]?.params?.['seconds'] ?? 10));
  const code = rejection.status === 401 ? '15' : axisCodeOf(rejection);
  send(res, rejection.status, profile.refusal(code, texts.join('; ').slice(0, longestText)));
  req.resume();
}

function send(res: ServerResponse, status: number, answer: object): void {
  const content = JSON.stringify(answer);
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Length', Buffer.byteLength(content));
  res.end(content);
}
