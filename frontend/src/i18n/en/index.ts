import { builds } from "./builds";
import { common } from "./common";
import { environments } from "./environments";
import { launch } from "./launch";
import { servers } from "./servers";

/** All texts in English. Sentences are functions where they hold values. */
export const en = { ...common, environments, builds, servers, launch };

/** What every language has a text for. */
export type Messages = typeof en;
