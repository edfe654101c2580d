/** An address without the user and the password that stood before its host, and these. */
export interface LoginAddress {
  address: string;
  username: string;
  password: string;
}

/** A path has begun, so that nothing more of a password is to come. */
const TYPED = /^(https?:\/\/)([^/?#\s]+)@([^/?#@\s]+\/.*)$/i;
const WHOLE = /^(https?:\/\/)([^/?#\s]+)@([^/?#@\s]*.*)$/i;

/** What GitHub and Gitea take for a password where the token stands for the user. */
const NO_PASSWORD = "x-oauth-basic";
/** Stands for the user of a token, wherever one is wanted and any will do. */
const ANYBODY = "x-access-token";
/** So long are tokens, and hardly any names. */
const TOKEN_LENGTH = 20;

/**
 * Take the user and the password out of an address; null if there are none. Of what is still being
 * typed only that counts which is finished.
 */
export function splitLogin(text: string, isTyping: boolean): LoginAddress | null {
  const [, scheme, login, rest] = (isTyping ? TYPED : WHOLE).exec(text.trim()) ?? [];
  if (!scheme || !login || rest === undefined) return null;
  const colon = login.indexOf(":");
  const username = decoded(colon < 0 ? login : login.slice(0, colon));
  const password = decoded(colon < 0 ? "" : login.slice(colon + 1));
  const address = scheme + rest;
  const isToken = password === NO_PASSWORD || (!password && username.length >= TOKEN_LENGTH);
  // A name can be read by who looks over one's shoulder; a token must not be.
  return isToken
    ? { address, username: ANYBODY, password: username }
    : { address, username, password };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
