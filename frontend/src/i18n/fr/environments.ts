import type { Messages } from "..";

export const environments: Messages["environments"] = {
  title: "Environnements",
};
