/** What the server says of the page and the person; in the shell, so that nothing waits for it. */
export interface Page {
  /** Path of the service with its trailing slash, at this origin. */
  prefix: string;
  /** Address of the Hub's own pages, with a trailing slash. */
  hub: string;
  user: { name: string; admin: boolean; mayBuild: boolean };
}

export const page = JSON.parse(document.getElementById("app")?.dataset["page"] ?? "{}") as Page;

/** The address of something below the service's prefix. */
export function addressOf(path: string): string {
  return new URL(page.prefix + path, location.href).href;
}

/** Whether the person may change what belongs to this owner; the server decides anyway. */
export function mayManage(environment: { owner: string }): boolean {
  return page.user.admin || (page.user.mayBuild && environment.owner === page.user.name);
}
