import type { Messages } from "../en";
import { builds } from "./builds";
import { common } from "./common";
import { environments } from "./environments";
import { launch } from "./launch";
import { servers } from "./servers";

/** All texts in French. */
export const fr: Messages = { ...common, environments, builds, servers, launch };
