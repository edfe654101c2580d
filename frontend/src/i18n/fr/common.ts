import type { Messages } from "../en";
import { pluralOf } from "../plural";

const count = pluralOf("fr");

type Common = Omit<Messages, "environments" | "builds" | "servers" | "launch">;

export const common: Common = {
  title: (page) => `${page} · JupyterHub`,
  nav: {
    environments: "Environnements",
    servers: "Mes serveurs",
    main: "Environnements et serveurs",
    skip: "Aller au contenu",
  },
  errors: {
    unreachable:
      "Le service ne répond pas. Votre connexion est peut-être coupée, ou il est en train de redémarrer.",
    answered: (status) => `Le serveur a répondu ${status} sans dire pourquoi.`,
    signedOut: "Vous n’êtes plus connecté.",
    logIn: "Se reconnecter",
    failed: "Cela n’a pas fonctionné.",
    crashed: "Cette page a un défaut et n’a pas pu être affichée.",
    retry: "Réessayer",
    reload: "Recharger la page",
    notFound: "Il n’y a rien à cette adresse, ou vous n’y avez pas accès.",
    live: "Les mises à jour en direct sont interrompues ; nouvel essai…",
  },
  actions: {
    cancel: "Annuler",
    close: "Fermer",
    save: "Enregistrer",
    copy: "Copier",
    copied: "Copié",
    more: "Plus",
    dismiss: "Fermer",
  },
  loading: "Chargement…",
  time: {
    never: "jamais",
    elapsed: "écoulé",
  },
  size: {
    memory: "Mémoire",
    unit: "Unité de mémoire",
    cpu: "Cœurs de processeur",
    none: "sans limite",
    cores: (cores) => count(cores, "cœur", "cœurs"),
  },
  count: {
    environments: (number) => count(number, "environnement", "environnements"),
    builds: (number) => count(number, "construction", "constructions"),
    servers: (number) => count(number, "serveur", "serveurs"),
    lines: (number) => count(number, "ligne", "lignes"),
  },
  status: {
    queued: "En attente",
    fetching: "Récupération du dépôt",
    pulling: "Téléchargement des images",
    building: "Construction",
    checking: "Vérification de l’image",
    pushing: "Envoi au registre",
    built: "Construite",
    failed: "Échec",
    cancelled: "Annulée",
    ready: "Prêt",
    unpublished: "Pas encore publié",
  },
  step: {
    of: (step, total) => `Étape ${step} sur ${total}`,
    position: (position) => `Numéro ${position} dans la file`,
  },
  theme: { toggle: "Basculer entre clair et sombre" },
};
