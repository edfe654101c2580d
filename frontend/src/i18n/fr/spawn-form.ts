import type { spawnForm as english } from "../en/spawn-form";
import { pluralOf } from "../plural";

const count = pluralOf("fr");

export const spawnForm: typeof english = {
  search: "Rechercher parmi les environnements",
  hint: "Par nom, description ou adresse du dépôt. Entrée choisit le premier.",
  matches: (matching, all) => `${matching} sur ${count(all, "environnement", "environnements")}`,
  none: (q) => `Aucun environnement ne correspond à «\u00a0${q}\u00a0».`,
  clear: "Effacer la recherche",
};
