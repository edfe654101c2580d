import type { Messages } from "../en";
import { pluralOf } from "../plural";

const count = pluralOf("fr");

export const form: Messages["environments"]["form"] = {
  add: {
    title: "Ajouter un environnement",
    intro: "Seul le dépôt, ou l’image, est nécessaire ; tout le reste peut être modifié plus tard.",
    submit: "Ajouter et construire",
    submitImage: "Ajouter",
    submitting: "Ajout en cours…",
    done: (environment) => `${environment} est ajouté, et sa construction a commencé.`,
    doneImage: (environment) =>
      `${environment} est ajouté, et le téléchargement de son image a commencé.`,
    refusedTitle: "Vous ne pouvez pas ajouter d’environnement",
    refused:
      "Les environnements sont ajoutés par les personnes qui ont le droit de construire, comme les enseignants et les administrateurs. Demandez ce droit à un administrateur de ce Hub, ou demandez-lui d’ajouter le dépôt dont vous avez besoin.",
    back: "Voir les environnements",
  },
  edit: {
    title: (environment) => `Modifier ${environment}`,
    loading: "Chargement de l’environnement…",
    goneTitle: "Environnement introuvable",
    gone: (name) =>
      `Il n’y a pas d’environnement «\u00a0${name}\u00a0». Il a peut-être été supprimé, ou il n’est pas partagé avec vous.`,
    refusedTitle: (environment) => `Vous ne pouvez pas modifier ${environment}`,
    refused: (owner) =>
      `Seuls son propriétaire, ${owner}, et les administrateurs de ce Hub peuvent le modifier\u00a0: adressez-vous à eux.`,
    see: "Voir l’environnement",
    saving: "Enregistrement…",
    saveAndRebuild: "Enregistrer et reconstruire",
    needsRebuild:
      "Certaines de ces modifications ne prendront effet qu’avec la prochaine construction.",
    unchanged: "Rien n’a été modifié.",
    saved: (environment) => `${environment} est enregistré.`,
    savedAndQueued: (environment) =>
      `${environment} est enregistré, et une construction est en file d’attente.`,
    notQueued: (reason) =>
      `Vos modifications sont enregistrées, mais aucune construction n’a été lancée\u00a0: ${reason}`,
    rebuild: "Reconstruire",
    rebuilding: "Mise en file…",
  },
  sections: {
    source: "Source",
    naming: "Nom et description",
    people: "Qui peut l’utiliser",
    machines: "Machines",
    more: "Plus : dépôts privés, construction, publication, ouverture, planification",
    moreOfImage: "Plus : publication, ouverture",
  },
  source: {
    legend: "Fait à partir",
    repository: "D’un dépôt git",
    image: "D’une image existante",
  },
  image: {
    label: "Nom de l’image",
    hint: "Dans un registre, avec une étiquette ou une empreinte : elle est téléchargée, et rien n’est construit. Il lui faut jupyterhub-singleuser.",
    example: "quay.io/jupyter/scipy-notebook:2025-06-30",
  },
  repository: {
    label: "Adresse du dépôt git",
    hint: "Ou celle de sa page chez GitHub, GitLab, Bitbucket ou Codeberg, y compris d’une branche, d’une étiquette ou d’un commit.",
    looking: "Consultation du dépôt…",
    found: (branches, tags) =>
      `${count(branches, "branche", "branches")} et ${count(tags, "étiquette", "étiquettes")} dans le dépôt.`,
    foundMany:
      "Le dépôt a beaucoup de branches et d’étiquettes ; elles ne sont pas toutes proposées.",
    empty: "Le dépôt est vide : poussez-y un premier commit avant de le construire.",
    unreadable: (reason) => `Le dépôt n’a pas pu être lu\u00a0: ${reason}`,
    private: "Est-il privé ? Donner des identifiants",
    moved:
      "Le nom d’utilisateur et le mot de passe contenus dans l’adresse ont été déplacés dans les identifiants ci-dessous : les adresses sont montrées à d’autres personnes.",
  },
  ref: {
    label: "Branche, étiquette ou commit",
    hint: "Vide pour la branche par défaut.",
    hintKnown: (branch) => `Vide pour la branche par défaut, ${branch}.`,
    default: (branch) => `${branch} (par défaut)`,
    tag: (tag) => `${tag} (étiquette)`,
    unknown: (ref) => `Le dépôt n’a ni branche ni étiquette «\u00a0${ref}\u00a0».`,
  },
  displayName: {
    label: "Titre",
    hint: "Ce que les gens voient. Vide pour le nom court.",
  },
  name: {
    label: "Nom court",
    hint: "Il fait partie d’adresses et de noms d’images : lettres minuscules sans accent, chiffres et traits d’union. Il ne peut pas être modifié plus tard.",
    fixed: "Il fait partie d’adresses et de noms d’images, et ne peut pas être modifié.",
  },
  description: {
    label: "Description",
    hint: "À quoi il sert, dans la liste des environnements.",
  },
  visibility: {
    legend: "Visible par",
    everyone: "Toutes les personnes qui peuvent se connecter",
    some: "Certaines personnes seulement",
    someHint: "Vous, son propriétaire, et les administrateurs pouvez toujours l’utiliser.",
    users: "Utilisateurs",
    groups: "Groupes",
    hint: "Noms tels que le Hub les connaît, séparés par des virgules.",
    read: (names) => `${count(names, "nom", "noms")}\u00a0:`,
  },
  machines: {
    legend: "On peut choisir",
    all: "Toutes les machines proposées",
    some: "Certaines des machines seulement",
    noneOffered:
      "L’exploitant ne propose pas de machines au choix : les serveurs ont la taille indiquée ici.",
    gpus: (gpus) => count(gpus, "GPU", "GPU"),
    notOffered: "pas à votre disposition",
    limits: "Limites de cet environnement",
    limitHint:
      "Les serveurs n’ont jamais plus que cela, quelle que soit la machine choisie. Vide pour aucune limite.",
  },
  credentials: {
    legend: "Identifiants pour un dépôt privé",
    none: "Aucun : tout le monde peut le lire",
    keep: "Garder ceux qui sont enregistrés",
    keepHint: (host) => `Ils sont pour ${host}, et ne sont jamais montrés à personne.`,
    keepLost: (host) => `Ils ne valent que pour ${host}, et cette modification les supprimera.`,
    forget: "Supprimer ceux qui sont enregistrés",
    login: "Nom d’utilisateur et jeton",
    key: "Clé SSH",
    username: "Nom d’utilisateur",
    password: "Jeton ou mot de passe",
    passwordHint: "De préférence un jeton qui peut seulement lire ce dépôt.",
    sshKey: "Clé SSH privée",
    sshKeyHint:
      "Le texte entier, de la ligne BEGIN à la ligne END, sans phrase secrète ; de préférence une clé de déploiement en lecture seule pour ce dépôt.",
    remember: "Les enregistrer, chiffrés, pour les constructions suivantes",
    rememberHint: "Sinon, ils ne servent qu’à la prochaine construction, puis sont supprimés.",
  },
  builder: {
    label: "Construire avec",
    auto: "Le Dockerfile du dépôt, uv pour ce que pip peut installer, sinon repo2docker",
    repo2docker: "Le Dockerfile du dépôt, sinon repo2docker",
  },
  buildArgs: {
    legend: "Arguments de construction",
    hint: "Pour les lignes ARG d’un Dockerfile. Pas de secrets : les images les gardent.",
    add: "Ajouter un argument de construction",
    name: (row) => `Nom de l’argument de construction ${row}`,
    value: (row) => `Valeur de l’argument de construction ${row}`,
    remove: (name) => `Retirer l’argument de construction ${name}`,
  },
  variables: {
    legend: "Variables d’environnement",
    hint: "Définies dans tous les serveurs. Pas de secrets : toute personne qui démarre un serveur peut les lire.",
    add: "Ajouter une variable",
    name: (row) => `Nom de la variable ${row}`,
    value: (row) => `Valeur de la variable ${row}`,
    remove: (name) => `Retirer la variable ${name}`,
  },
  rows: { name: "Nom", value: "Valeur", remove: "Retirer" },
  defaultUrl: {
    label: "Les serveurs s’ouvrent sur",
    hint: "Un chemin comme /lab, /rstudio ou, si le nom court est cours, /lab/tree/cours/premier.ipynb. Vide pour le dossier du dépôt dans JupyterLab.",
  },
  schedule: {
    label: "Reconstruire automatiquement quand la branche a avancé",
    never: "Jamais",
    daily: "Vérifier une fois par jour",
    hourly: "Vérifier une fois par heure",
  },
  publish: {
    label: "Nouvelles constructions",
    auto: "Les utilisateurs les ont dès qu’elles sont construites",
    manual: "Les utilisateurs les ont quand je les publie, par exemple après les avoir essayées",
  },
  errors: {
    summary: (fields) =>
      `${count(fields, "champ est à corriger", "champs sont à corriger")}. Rien n’a encore été enregistré.`,
    kept: "Rien de ce que vous avez saisi n’est perdu : vous pouvez l’envoyer à nouveau.",
    signedOut:
      "Vous n’êtes plus connecté. Reconnectez-vous dans un autre onglet, puis revenez à celui-ci et envoyez à nouveau : rien de ce que vous avez saisi n’est perdu.",
    logIn: "Se reconnecter dans un autre onglet",
    repository: "Saisissez l’adresse d’un dépôt git.",
    image: "Saisissez le nom d’une image.",
    name: "Saisissez un nom court.",
    nameInvalid:
      "Utilisez des lettres minuscules sans accent, des chiffres et des traits d’union, 63 au plus, avec une lettre ou un chiffre aux deux bouts.",
    nameTaken: "Il y a déjà un environnement de ce nom : choisissez-en un autre.",
    profiles: "Choisissez au moins une machine.",
    memory: "Saisissez un nombre d’au moins 6 MiB, ou rien.",
    cores: "Saisissez un nombre de 0,01 à 1024, ou rien.",
    rowName:
      "Utilisez des lettres sans accent, des chiffres et des tirets bas, sans commencer par un chiffre.",
    rowTwice: "Ce nom est là deux fois.",
    ofName: (name, reason) => `${name}\u00a0: ${reason}`,
    username: "Saisissez le nom d’utilisateur.",
    sshKey: "Collez la clé privée.",
  },
  leave: "Quitter cette page ? Ce que vous avez saisi n’est pas enregistré.",
};
