import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Client } from '../../routing/verify.ts';
import type { Route } from './contract.ts';

/** A request that was let in: who asks, and what for, already checked against the contract. */
export interface Call<Query = unknown, Body = unknown> {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** For open routes a client without scopes and agencies. */
  readonly client: Client;
  /** The id in the path, a well-formed UUID; empty when the path has none. */
  readonly id: string;
  readonly query: Query;
  readonly body: Body;
}

/** An answer to send: JSON or text. */
export interface Reply {
  /** 200 when absent. */
  readonly status?: number;
  readonly json?: object;
  readonly text?: { readonly type: string; readonly content: string };
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a call. `undefined`: it has sent the answer itself. `null`: the id names nothing that the caller may see. */
export type Handle<Query, Body> = (call: Call<Query, Body>) => Promise<Reply | null | undefined>;

type BodyOf<R extends Route> = R extends { readonly body: infer B extends z.ZodType } ? z.output<B> : undefined;

/** One handler for each route of a table. */
export type Handlers<T extends Readonly<Record<string, Route>>> = {
  readonly [K in keyof T]: Handle<z.output<T[K]['query']>, BodyOf<T[K]>>;
};

/** A route with its handler, types forgotten. */
export interface Operation {
  readonly route: Route;
  readonly handle: Handle<unknown, unknown>;
}

/** Pairs each route with its handler. */
export function operations<T extends Readonly<Record<string, Route>>>(table: T, handlers: Handlers<T>): Operation[] {
  return Object.entries(table).map(([id, route]) => ({ route, handle: handlers[id as keyof T] as Handle<unknown, unknown> }));
}
