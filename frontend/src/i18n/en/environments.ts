import { pluralOf } from "../plural";
import { form } from "./environment-form";

const count = pluralOf("en");

export const environments = {
  form,
  title: "Environments",
  add: "Add an environment",
  list: "List of environments",
  columns: {
    environment: "Environment",
    status: "Status",
    image: "Image",
    people: "People",
    actions: "Actions",
  },
  search: {
    name: "Find environments",
    label: "Search",
    placeholder: "Name, description or repository",
    sort: "Sort by",
    status: "Status",
    anyStatus: "Any",
    mine: "Only mine",
    clear: "Clear the search",
    found: (shown: number, total: number) =>
      shown < total
        ? `${shown} of ${count(total, "environment", "environments")}`
        : count(total, "environment", "environments"),
    more: "Show more",
    loadingMore: "Loading more…",
    none: "No environment matches what you look for.",
    noneHint: "What you enter has to be part of a name, a description or a repository address.",
  },
  sorts: {
    name: "Name, A to Z",
    "-name": "Name, Z to A",
    "-built": "Built last",
    built: "Built first",
    "-created": "Added last",
    created: "Added first",
    status: "Status",
    owner: "Owner",
  },
  empty: {
    title: "There is no environment yet",
    explained:
      "An environment is a git repository made into an image that people start JupyterLab from. Give the address of a repository that says what it needs, such as with a requirements.txt, an environment.yml or a Dockerfile.",
    repository: "Address of a git repository",
    submit: "Use this repository",
    example: "To try it, take this example:",
    others: "Nothing is shared with you so far.",
    ask: "Environments are added by your teachers and by the admins of this Hub: ask one of them to add the repository that you need, or to share an environment with you.",
  },
  source: {
    defaultBranch: "default branch",
    /** Name of a link that shows only the ref. */
    ref: (ref: string, repository: string) => `${ref} of ${repository}`,
    commit: (commit: string, repository: string) => `${commit}, commit of ${repository}`,
    from: (repository: string, ref: string) =>
      `What runs now was built from ${repository} (${ref}): rebuild it to get what is set here.`,
    fromImage: (image: string) => `What runs now is ${image}: rebuild it to get what is set here.`,
  },
  status: {
    of: (environment: string) => `${environment}: `,
    step: (step: number) => `Step ${step}`,
    progress: (environment: string) => `Progress of the build of ${environment}`,
    lastFailed: "The last build failed",
    newWaits: "A new build is not published yet",
  },
  image: {
    none: "No image yet",
    built: "Built",
    size: "Size",
  },
  people: {
    owner: "Owner",
    visible: "Visible to",
    everyone: "everyone",
    nobody: "only its owner and admins",
    users: (number: number) => count(number, "user", "users"),
    groups: (number: number) => count(number, "group", "groups"),
    both: (users: string, groups: string) => `${users}, ${groups}`,
  },
  actions: {
    /** Each visible word, and what a screen reader adds to it. */
    start: "Start",
    log: "Open log",
    more: "More",
    moreOf: "actions for",
    rebuild: "Rebuild",
    rebuilding: "Rebuilding…",
    rebuildWith: "Rebuild with options…",
    cancel: "Cancel the build",
    cancelOf: "of",
    cancelling: "Cancelling…",
    edit: "Edit",
    rollBack: "Roll back",
    copy: "Use this for my course…",
    review: "Try or publish",
    delete: "Delete…",
    queued: (environment: string) => `A build of ${environment} is queued.`,
    cancelled: (environment: string) => `The build of ${environment} is being cancelled.`,
  },
  rebuild: {
    title: (environment: string) => `Rebuild ${environment}`,
    pulled: "The image is pulled again, to see whether its tag has moved.",
    untilReady: "The image in use stays until the new one is ready.",
    untilPublished: "The image in use stays until you publish the new one.",
    ref: "Branch, tag or commit",
    refHint: (ref: string) =>
      `Empty for the environment’s own (${ref}). Another one is for this build alone.`,
    noCache: "Without cache",
    noCacheHint: "Each step runs again, and packages are the newest ones. This takes longer.",
    submit: "Rebuild",
    submitting: "Queueing…",
  },
  deletion: {
    title: (environment: string) => `Delete ${environment}?`,
    looking: "Looking at what this removes…",
    removes: (builds: number, images: number, size: string) =>
      `This removes ${count(builds, "build with its log", "builds with their logs")}, and ${count(images, "image", "images")}${size && `: up to ${size} on disk`}.`,
    pushedStays: (images: number, name: string) =>
      images === 1
        ? `1 image stays in the registry, as ${name}: anyone who has its address can still pull it.`
        : `${images} images stay in the registry, as ${name}: anyone who has their addresses can still pull them.`,
    pushedGoes: (images: number) =>
      images === 1
        ? "1 image is also removed from the registry: commands that run it at home stop working. If the registry refuses, it stays there."
        : `${images} images are also removed from the registry: commands that run them at home stop working. If the registry refuses, they stay there.`,
    stays: "The files of the people who used it stay. It cannot be undone.",
    servers: (servers: number) =>
      servers === 1
        ? "A server runs from it, and has to be stopped first:"
        : `${count(servers, "server", "servers")} run from it, and have to be stopped first:`,
    server: (user: string, name: string) => `${name}, of ${user}`,
    ask: "Ask these people to stop their servers, or ask an admin to delete it.",
    forced:
      "As an admin you can delete it anyway: these servers are ended at once, and what is not saved in them is lost.",
    submit: (environment: string) => `Delete ${environment}`,
    submitForced: (environment: string) => `Delete ${environment} anyway`,
    submitting: "Deleting…",
    done: (environment: string) => `${environment} is deleted.`,
  },
  copying: {
    title: (environment: string) => `Use ${environment} for my course`,
    explained:
      "You get an environment of your own from the same image, without a new build. From then on it is yours to change and to rebuild; the original stays as it is.",
    credentials:
      "The repository is private, and its credentials are not copied: add some before you rebuild it.",
    everyone: "Everyone who can log in may use it",
    everyoneHint: "Otherwise it is for you alone, until you say for whom.",
    submit: "Make my copy",
    submitting: "Copying…",
    done: (environment: string) => `${environment} is yours.`,
  },
  page: {
    loading: "Loading the environment…",
    gone: "No such environment",
    goneText: (name: string) =>
      `There is no environment “${name}”. It may have been deleted, or it is not shared with you.`,
    back: "See the environments",
    about: "About it",
    history: "Builds",
  },
  facts: {
    sourceImage: "Existing image",
    repository: "Repository",
    ref: "Branch, tag or commit",
    commit: "Commit",
    built: "Built",
    pulled: "Pulled",
    image: "Image",
    size: "Image size",
    owner: "Owner",
    added: "Added",
    visible: "Visible to",
    users: "Users",
    groups: "Groups",
    limits: "Limits of a server",
    machines: "Machines",
    allMachines: "all",
    opens: "Opens at",
    builder: "Builder",
    buildArgs: "Build arguments",
    variables: "Variables of servers",
    credentials: "Credentials",
    credentialsKept: "kept for this repository",
    publish: "New builds",
    publishManual: "are published by hand",
    schedule: "Looks for changes",
    checked: "Last look",
  },
  builders: {
    auto: "by what is in the repository",
    repo2docker: "repo2docker, also what pip can install",
  },
  schedules: {
    never: "only when asked, or told by a webhook",
    daily: "each day",
    hourly: "each hour",
  },
  share: {
    title: "Share it",
    explained: "The link starts a server from this environment for whoever may see it.",
    machine: "Machine",
    anyMachine: "The default one",
    link: "Link",
    copyLink: "Copy the link",
    badge: "Badge for a README, in Markdown",
    copyBadge: "Copy the badge",
    badgeAlt: (environment: string) => `Launch ${environment}`,
  },
  run: {
    title: "Run on your machine",
    install: "Install once, where there is Docker or Podman",
    copyInstall: "Copy the install command",
    noRegistry: "The image is on this Hub alone: it is first built again from the same commit.",
    build: "Build it",
    copyBuild: "Copy the build command",
    run: "Start JupyterLab",
    copyRun: "Copy the run command",
    runHint: "JupyterLab opens with your current folder; what it writes there is yours.",
    compose: "A file for docker compose, for a group",
    copyCompose: "Copy the compose command",
    pull: "Only the image",
    copyPull: "Copy the pull command",
  },
  webhook: {
    title: "Webhook",
    explained:
      "Let your git host tell this service of each push: the environment is then rebuilt when its branch has moved. Add a webhook for push events there, with this address and secret.",
    address: "Webhook address",
    copyAddress: "Copy the address",
    secret: "Secret",
    copySecret: "Copy the secret",
    renew: "Make a new secret",
    renewing: "Making it…",
    renewHint: "The old one stops working at once: enter the new one at the git host.",
    renewed: "There is a new secret. Enter it at the git host.",
    loading: "Getting the address and the secret…",
  },
};
