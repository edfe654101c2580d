import type { Messages } from "../en";
import { pluralOf } from "../plural";

const count = pluralOf("fr");

export const servers: Messages["servers"] = {
  title: "Mes serveurs",
  defaultName: "Serveur par défaut",
  list: "Vos serveurs",
  state: {
    running: "En marche",
    starting: "Démarrage",
    stopping: "Arrêt en cours",
    unknown: "Ne répond pas encore",
  },
  environment: "Environnement",
  machine: "Machine",
  commit: "Commit",
  startedAt: "Démarré",
  lastActivity: "Dernière activité",
  none: "Démarré sans environnement",
  hidden: (name) => `${name} (supprimé, ou plus partagé avec vous)`,
  unpublished: "Un serveur d’essai : ce qu’il exécute n’est pas encore publié.",
  outdated: "Une construction plus récente existe : redémarrez le serveur pour en profiter.",
  memory: "Mémoire",
  cpu: "CPU",
  used: (used, limit) => `${used} sur ${limit}`,
  almostFull: "Presque pleine : le serveur peut être arrêté s’il lui en faut davantage.",
  open: "Ouvrir",
  stop: "Arrêter",
  stopping: "Arrêt…",
  restart: "Redémarrer",
  restarting: "Redémarrage…",
  stopped: (name) => `${name}\u00a0: arrêté.`,
  ready: (name) => `${name}\u00a0: prêt.`,
  notStopped: "L’arrêt prend plus de temps que d’habitude. Réessayez dans une minute.",
  empty:
    "Vous n’avez aucun serveur. Choisissez un environnement et démarrez-en un : JupyterLab s’ouvre en quelques secondes.",
  another: "Démarrer un autre serveur",
  start: "Démarrer un serveur",
  startButton: "Démarrer",
  starting: (environment) => `Démarrage de ${environment}`,
  asking: "Demande envoyée au Hub…",
  cancelStart: "Annuler le démarrage",
  cancelling: "Annulation…",
  cancelled: (name) => `${name}\u00a0: démarrage annulé.`,
  failed: (name) => `${name}\u00a0: le démarrage a échoué.`,
  failedUnknown:
    "Le Hub n’a pas dit pourquoi. Réessayez ; si cela ne suffit pas, prévenez un administrateur.",
  retry: "Réessayer",
  choice: {
    search: "Rechercher parmi les environnements",
    searchHint: "Par nom, description ou adresse du dépôt.",
    loading: "Recherche des environnements…",
    matches: (shown, more) =>
      more
        ? `Les ${count(shown, "premier résultat", "premiers résultats")}`
        : count(shown, "résultat", "résultats"),
    more: "Afficher d’autres environnements",
    noMatch: (q) =>
      `Aucun environnement que vous pouvez démarrer ne correspond à «\u00a0${q}\u00a0».`,
    clear: "Effacer la recherche",
    required: "Choisissez un environnement.",
    nothing: "Il n’y a encore aucun environnement à partir duquel démarrer un serveur.",
    nothingBuild: "Ajoutez-en un, ou attendez que l’un d’eux soit construit.",
    nothingAsk: "Demandez à un administrateur d’en ajouter un, ou d’en partager un avec vous.",
    toEnvironments: "Aller aux environnements",
    repository: (repository, commit) => `${repository}, commit ${commit}`,
    noProfile:
      "Cet environnement n’autorise aucune des machines proposées. Demandez à son propriétaire d’en autoriser une.",
  },
  ownSize: {
    choose: "Plutôt une taille de mon choix",
    most: (size) => `${size} au plus.`,
    empty: "Saisissez la mémoire, le nombre de cœurs, ou les deux.",
    memoryInvalid: "Saisissez un nombre d’au moins 6 MiB.",
    coresInvalid: "Saisissez un nombre d’au moins 0,01.",
  },
  name: {
    label: "Nom du serveur (facultatif)",
    hint: "Vide pour votre serveur par défaut. Avec un nom, le serveur fonctionne à côté des autres.",
    hintTaken: "Votre serveur par défaut est utilisé : celui-ci a besoin d’un nom.",
    taken: (name) => `${name} est utilisé\u00a0: arrêtez-le d’abord, ou choisissez un autre nom.`,
    invalid:
      "Utilisez des lettres sans accent, des chiffres, des tirets et des tirets bas, 63 au plus, en commençant par une lettre ou un chiffre.",
  },
};
