export const launch = {
  title: "Launch",
  of: (environment: string) => `Launch ${environment}`,
  /** A build in place of an environment, in the midst of sentences. */
  build: (id: number, environment: string) => `build ${id} of ${environment}`,
  choose: "Choose what to launch",
  looking: "Looking at your servers…",
  opening: "Opening your server…",
  openNow: "Open it now",
  stopping: "Your server is still stopping. The start goes on by itself.",
  settling: "Your server does not answer yet. This goes on by itself.",
  notThere: {
    title: "No such environment",
    text: (name: string) =>
      `There is no environment “${name}”, or it is not shared with you. Check the link, or ask who gave it to you.`,
    back: "See the environments",
  },
  notBuilt: {
    queued:
      "This environment is waiting to be built. The launch goes on by itself once it is ready.",
    building: "This environment is being built. The launch goes on by itself once it is ready.",
    failed:
      "This environment could not be built, so that there is nothing to launch. Once a build succeeds, the launch goes on by itself.",
    unpublished:
      "This environment has been built and is not published yet. Once it is, the launch goes on by itself.",
    none: "This environment has no build to launch. Once one succeeds, the launch goes on by itself.",
    seeBuild: "See the build",
    askOwner: (owner: string) => `It belongs to ${owner}, who can see why.`,
  },
  other: {
    title: "You have a server already",
    text: (server: string, running: string) => `${server} runs ${running}.`,
    unknown: "something else",
    open: (running: string) => `Open ${running}`,
    replace: (environment: string) => `Stop it and start ${environment}`,
    replacing: "Stopping the server…",
    beside: (environment: string, name: string) => `Start ${environment} beside it, as “${name}”`,
    besideHint: "Both servers run, each with its own memory; your files are the same in both.",
    besideTest:
      "Both servers run, each with its own memory. A test server has files of its own, which go with it.",
    replaceHint: "What is not saved in the running server is lost; your files stay.",
    replaceTest: "The running server is a test server: all its files go with it.",
  },
  cancelled: "The launch is cancelled; nothing was started.",
  server: (server: string) => `Server: ${server}`,
  serverOn: (server: string, profile: string) => `Server: ${server} · Machine: ${profile}`,
  chooseOther: "Choose something else",
  again: "Launch again",
  toServers: "My servers",
};
