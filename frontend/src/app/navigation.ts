/** Where each page is, below the service's prefix. */
export const paths = {
  environments: "/",
  add: "/add",
  environment: (name: string) => `/environments/${encodeURIComponent(name)}`,
  edit: (name: string) => `/environments/${encodeURIComponent(name)}/edit`,
  build: (id: number) => `/builds/${id}`,
  servers: "/servers",
  launch: (environment: string) => `/launch?${new URLSearchParams({ environment })}`,
} as const;
