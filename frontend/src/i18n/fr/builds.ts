import type { Messages } from "..";

export const builds: Messages["builds"] = {
  title: "Constructions",
};
