import { pluralOf } from "../plural";

const count = pluralOf("en");

export const common = {
  title: (page: string) => `${page} · JupyterHub`,
  nav: {
    environments: "Environments",
    servers: "My servers",
    main: "Environments and servers",
    skip: "Skip to the content",
  },
  errors: {
    unreachable: "The service does not answer. Your connection may be down, or it is restarting.",
    answered: (status: number) => `The server answered ${status} and did not say why.`,
    signedOut: "You are no longer logged in.",
    logIn: "Log in again",
    failed: "This did not work.",
    crashed: "This page has a fault and could not be shown.",
    retry: "Try again",
    reload: "Reload the page",
    notFound: "There is nothing at this address, or you may not see it.",
    live: "Live updates are interrupted; trying again…",
  },
  actions: {
    cancel: "Cancel",
    close: "Close",
    save: "Save",
    copy: "Copy",
    copied: "Copied",
    more: "More",
    dismiss: "Dismiss",
  },
  loading: "Loading…",
  time: {
    never: "never",
    elapsed: "elapsed",
  },
  size: {
    memory: "Memory",
    unit: "Unit of memory",
    cpu: "CPU cores",
    none: "no limit",
    cores: (cores: number) => count(cores, "core", "cores"),
  },
  count: {
    environments: (number: number) => count(number, "environment", "environments"),
    builds: (number: number) => count(number, "build", "builds"),
    servers: (number: number) => count(number, "server", "servers"),
    lines: (number: number) => count(number, "line", "lines"),
  },
  status: {
    queued: "Waiting",
    fetching: "Fetching the repository",
    pulling: "Pulling images",
    building: "Building",
    checking: "Checking the image",
    pushing: "Pushing to the registry",
    built: "Built",
    failed: "Failed",
    cancelled: "Cancelled",
    ready: "Ready",
    unpublished: "Not published yet",
  },
  step: {
    of: (step: number, total: number) => `Step ${step} of ${total}`,
    position: (position: number) => `Number ${position} in the queue`,
  },
  theme: { toggle: "Switch between light and dark" },
};
