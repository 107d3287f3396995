/** What an access token says: which client may do what, and until when. */
export interface AccessToken {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** Makes the text of an access token, signed by the gateway. */
export type IssueToken = (token: AccessToken) => Promise<string>;

/** Reads an access token that this gateway signed. Whether it has expired is for the caller to say. Throws Rejection TOKEN_INVALID. */
export type ReadToken = (text: string) => Promise<AccessToken>;
