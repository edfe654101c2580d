/** Where each page is, below the service's prefix. */
export const paths = {
  environments: "/",
  add: "/add",
  environment: (name: string) => `/environments/${encodeURIComponent(name)}`,
  edit: (name: string) => `/environments/${encodeURIComponent(name)}/edit`,
  build: (id: number) => `/builds/${id}`,
  servers: "/servers",
  /** Of the current build, unless another one is named. */
  launch: (environment: string, build?: number) =>
    `/launch?${new URLSearchParams({ environment, ...(build && { build: String(build) }) })}`,
} as const;
