import { t } from "../../i18n";

/** As the Hub and the service take them. */
const VALID = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const LONGEST = 63;

/** What people call a server: the default one has the empty name. */
export function titleOf(serverName: string): string {
  return serverName || t.servers.defaultName;
}

export function isValidName(serverName: string): boolean {
  return serverName === "" || (serverName.length <= LONGEST && VALID.test(serverName));
}

/** A name for a server of this environment that none of the others has. */
export function proposeName(environment: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const ending = number === 1 ? "" : `-${number}`;
    const name = environment.slice(0, LONGEST - ending.length) + ending;
    if (!taken.includes(name)) return name;
  }
}
