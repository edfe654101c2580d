import type { Messages } from "../en";
import { pluralOf } from "../plural";
import { form } from "./environment-form";

const count = pluralOf("fr");

export const environments: Messages["environments"] = {
  form,
  title: "Environnements",
  add: "Ajouter un environnement",
  list: "Liste des environnements",
  columns: {
    environment: "Environnement",
    status: "État",
    image: "Image",
    people: "Personnes",
    actions: "Actions",
  },
  search: {
    name: "Trouver des environnements",
    label: "Rechercher",
    placeholder: "Nom, description ou dépôt",
    sort: "Trier par",
    status: "État",
    anyStatus: "Tous",
    mine: "Seulement les miens",
    clear: "Effacer la recherche",
    found: (shown, total) =>
      shown < total
        ? `${shown} sur ${count(total, "environnement", "environnements")}`
        : count(total, "environnement", "environnements"),
    more: "En afficher plus",
    loadingMore: "Chargement de la suite…",
    none: "Aucun environnement ne correspond à votre recherche.",
    noneHint:
      "Ce que vous saisissez doit faire partie d’un nom, d’une description ou d’une adresse de dépôt.",
  },
  sorts: {
    name: "Nom, de A à Z",
    "-name": "Nom, de Z à A",
    "-built": "Construits en dernier",
    built: "Construits en premier",
    "-created": "Ajoutés en dernier",
    created: "Ajoutés en premier",
    status: "État",
    owner: "Propriétaire",
  },
  empty: {
    title: "Il n’y a pas encore d’environnement",
    explained:
      "Un environnement est un dépôt git transformé en une image à partir de laquelle on démarre JupyterLab. Donnez l’adresse d’un dépôt qui dit ce dont il a besoin, par exemple dans un requirements.txt, un environment.yml ou un Dockerfile.",
    repository: "Adresse d’un dépôt git",
    submit: "Utiliser ce dépôt",
    example: "Pour essayer, prenez cet exemple :",
    others: "Rien n’est partagé avec vous pour l’instant.",
    ask: "Les environnements sont ajoutés par vos enseignants et par les administrateurs de ce Hub : demandez-leur d’ajouter le dépôt dont vous avez besoin, ou de partager un environnement avec vous.",
  },
  source: {
    defaultBranch: "branche par défaut",
    ref: (ref, repository) => `${ref} de ${repository}`,
    commit: (commit, repository) => `${commit}, commit de ${repository}`,
    from: (repository, ref) =>
      `Ce qui est en service a été construit à partir de ${repository} (${ref}) : reconstruisez-le pour obtenir ce qui est réglé ici.`,
    fromImage: (image) =>
      `Ce qui est en service est ${image} : reconstruisez-le pour obtenir ce qui est réglé ici.`,
  },
  status: {
    of: (environment) => `${environment} : `,
    step: (step) => `Étape ${step}`,
    progress: (environment) => `Avancement de la construction de ${environment}`,
    lastFailed: "La dernière construction a échoué",
    newWaits: "Une nouvelle construction n’est pas encore publiée",
  },
  image: {
    none: "Pas encore d’image",
    built: "Construite",
    size: "Taille",
  },
  people: {
    owner: "Propriétaire",
    visible: "Visible par",
    everyone: "tout le monde",
    nobody: "seulement son propriétaire et les administrateurs",
    users: (number) => count(number, "utilisateur", "utilisateurs"),
    groups: (number) => count(number, "groupe", "groupes"),
    both: (users, groups) => `${users}, ${groups}`,
  },
  actions: {
    start: "Démarrer",
    log: "Ouvrir le journal",
    more: "Plus",
    moreOf: "d’actions pour",
    rebuild: "Reconstruire",
    rebuilding: "Reconstruction demandée…",
    rebuildWith: "Reconstruire avec des options…",
    cancel: "Annuler la construction",
    cancelOf: "de",
    cancelling: "Annulation…",
    edit: "Modifier",
    rollBack: "Revenir en arrière",
    copy: "L’utiliser pour mon cours…",
    review: "Essayer ou publier",
    delete: "Supprimer…",
    queued: (environment) => `Une construction de ${environment} est dans la file.`,
    cancelled: (environment) => `La construction de ${environment} est en cours d’annulation.`,
  },
  rebuild: {
    title: (environment) => `Reconstruire ${environment}`,
    pulled: "L’image est téléchargée à nouveau, pour voir si son étiquette a changé.",
    untilReady: "L’image en service reste jusqu’à ce que la nouvelle soit prête.",
    untilPublished: "L’image en service reste jusqu’à ce que vous publiiez la nouvelle.",
    ref: "Branche, étiquette ou commit",
    refHint: (ref) =>
      `Vide pour celle de l’environnement (${ref}). Un autre choix vaut pour cette construction seulement.`,
    noCache: "Sans cache",
    noCacheHint:
      "Chaque étape est refaite, et les paquets sont les plus récents. Cela prend plus de temps.",
    submit: "Reconstruire",
    submitting: "Mise dans la file…",
  },
  deletion: {
    title: (environment) => `Supprimer ${environment} ?`,
    looking: "Recherche de ce qui sera supprimé…",
    removes: (builds, images, size) =>
      `Ceci supprime ${count(builds, "construction et son journal", "constructions et leurs journaux")}, ainsi que ${count(images, "image", "images")}${size && ` : jusqu’à ${size} sur le disque`}.`,
    pushedStays: (images, name) =>
      images === 1
        ? `1 image reste dans le registre, sous le nom ${name} : toute personne qui a son adresse peut encore la télécharger.`
        : `${images} images restent dans le registre, sous le nom ${name} : toute personne qui a leurs adresses peut encore les télécharger.`,
    pushedGoes: (images) =>
      images === 1
        ? "1 image est aussi supprimée du registre : les commandes qui la font tourner ailleurs cessent de fonctionner. Si le registre refuse, elle y reste."
        : `${images} images sont aussi supprimées du registre : les commandes qui les font tourner ailleurs cessent de fonctionner. Si le registre refuse, elles y restent.`,
    stays:
      "Les fichiers des personnes qui l’ont utilisé restent. C’est une suppression définitive.",
    servers: (servers) =>
      servers === 1
        ? "Un serveur l’utilise, et doit d’abord être arrêté :"
        : `${count(servers, "serveur", "serveurs")} l’utilisent, et doivent d’abord être arrêtés :`,
    server: (user, name) => `${name}, de ${user}`,
    ask: "Demandez à ces personnes d’arrêter leurs serveurs, ou à un administrateur de le supprimer.",
    forced:
      "En tant qu’administrateur, vous pouvez le supprimer quand même : ces serveurs sont arrêtés aussitôt, et ce qui n’y est pas enregistré est perdu.",
    submit: (environment) => `Supprimer ${environment}`,
    submitForced: (environment) => `Supprimer ${environment} quand même`,
    submitting: "Suppression…",
    done: (environment) => `${environment} est supprimé.`,
  },
  copying: {
    title: (environment) => `Utiliser ${environment} pour mon cours`,
    explained:
      "Vous obtenez un environnement à vous, à partir de la même image, sans nouvelle construction. Dès lors, vous pouvez le modifier et le reconstruire ; l’original reste tel quel.",
    credentials:
      "Le dépôt est privé, et ses identifiants ne sont pas copiés : ajoutez-en avant de reconstruire.",
    everyone: "Toutes les personnes qui peuvent se connecter peuvent l’utiliser",
    everyoneHint: "Sinon, il est pour vous seul, jusqu’à ce que vous disiez pour qui.",
    submit: "Créer ma copie",
    submitting: "Copie…",
    done: (environment) => `${environment} est à vous.`,
  },
  page: {
    loading: "Chargement de l’environnement…",
    gone: "Environnement introuvable",
    goneText: (name) =>
      `Il n’y a pas d’environnement « ${name} ». Il a peut-être été supprimé, ou n’est pas partagé avec vous.`,
    back: "Voir les environnements",
    about: "À son sujet",
    history: "Constructions",
  },
  facts: {
    sourceImage: "Image existante",
    repository: "Dépôt",
    ref: "Branche, étiquette ou commit",
    commit: "Commit",
    built: "Construit",
    pulled: "Téléchargé",
    image: "Image",
    size: "Taille de l’image",
    owner: "Propriétaire",
    added: "Ajouté",
    visible: "Visible par",
    users: "Utilisateurs",
    groups: "Groupes",
    limits: "Limites d’un serveur",
    machines: "Machines",
    allMachines: "toutes",
    opens: "S’ouvre sur",
    builder: "Constructeur",
    buildArgs: "Arguments de construction",
    variables: "Variables des serveurs",
    credentials: "Identifiants",
    credentialsKept: "conservés pour ce dépôt",
    publish: "Nouvelles constructions",
    publishManual: "publiées à la main",
    schedule: "Cherche des changements",
    checked: "Dernière vérification",
  },
  builders: {
    auto: "selon ce qu’il y a dans le dépôt",
    repo2docker: "repo2docker, même pour ce que pip peut installer",
  },
  schedules: {
    never: "seulement sur demande, ou averti par un webhook",
    daily: "chaque jour",
    hourly: "chaque heure",
  },
  share: {
    title: "Le partager",
    explained:
      "Ce lien démarre un serveur à partir de cet environnement, pour toute personne qui peut le voir.",
    machine: "Machine",
    anyMachine: "Celle par défaut",
    link: "Lien",
    copyLink: "Copier le lien",
    badge: "Badge pour un README, en Markdown",
    copyBadge: "Copier le badge",
    badgeAlt: (environment) => `Lancer ${environment}`,
  },
  run: {
    title: "Le faire tourner chez vous",
    install: "À installer une fois, là où il y a Docker ou Podman",
    copyInstall: "Copier la commande d’installation",
    noRegistry:
      "L’image n’est que sur ce Hub : elle est d’abord reconstruite à partir du même commit.",
    build: "La construire",
    copyBuild: "Copier la commande de construction",
    run: "Démarrer JupyterLab",
    copyRun: "Copier la commande de démarrage",
    runHint: "JupyterLab s’ouvre avec votre dossier courant, et ce qu’il y écrit est à vous.",
    compose: "Un fichier pour docker compose, pour un groupe",
    copyCompose: "Copier la commande compose",
    pull: "L’image seule",
    copyPull: "Copier la commande de téléchargement",
  },
  webhook: {
    title: "Webhook",
    explained:
      "Faites annoncer chaque push à ce service par votre plateforme git : l’environnement est alors reconstruit quand sa branche a avancé. Ajoutez-y un webhook pour les événements « push », avec cette adresse et ce secret.",
    address: "Adresse du webhook",
    copyAddress: "Copier l’adresse",
    secret: "Secret",
    copySecret: "Copier le secret",
    renew: "Créer un nouveau secret",
    renewing: "Création…",
    renewHint:
      "L’ancien cesse aussitôt de fonctionner : saisissez le nouveau sur la plateforme git.",
    renewed: "Il y a un nouveau secret. Saisissez-le sur la plateforme git.",
    loading: "Demande de l’adresse et du secret…",
  },
};
