import type { Messages } from "../en";

export const launch: Messages["launch"] = {
  title: "Lancement",
  of: (environment) => `Lancement de ${environment}`,
  build: (id, environment) => `la construction ${id} de ${environment}`,
  choose: "Que voulez-vous lancer ?",
  looking: "Consultation de vos serveurs…",
  opening: "Ouverture de votre serveur…",
  openNow: "L’ouvrir maintenant",
  stopping: "Votre serveur est encore en train de s’arrêter. Le lancement reprendra tout seul.",
  settling: "Votre serveur ne répond pas encore. Le lancement reprendra tout seul.",
  notThere: {
    title: "Environnement introuvable",
    text: (name) =>
      `L’environnement «\u00a0${name}\u00a0» n’existe pas, ou n’est pas partagé avec vous. Vérifiez le lien, ou adressez-vous à la personne qui vous l’a donné.`,
    back: "Voir les environnements",
  },
  notBuilt: {
    queued:
      "Cet environnement attend d’être construit. Le lancement reprendra tout seul dès qu’il sera prêt.",
    building:
      "Cet environnement est en cours de construction. Le lancement reprendra tout seul dès qu’il sera prêt.",
    failed:
      "La construction de cet environnement a échoué : il n’y a rien à lancer. Le lancement reprendra tout seul dès qu’une construction aura réussi.",
    unpublished:
      "Cet environnement est construit, mais pas encore publié. Le lancement reprendra tout seul dès qu’il le sera.",
    none: "Cet environnement n’a aucune construction à lancer. Le lancement reprendra tout seul dès qu’une construction aura réussi.",
    seeBuild: "Voir la construction",
    askOwner: (owner) => `Il appartient à ${owner}, qui peut voir pourquoi.`,
  },
  other: {
    title: "Vous avez déjà un serveur",
    text: (server, running) => `${server}\u00a0: ${running} y est en marche.`,
    unknown: "autre chose",
    open: (running) => `Ouvrir ${running}`,
    replace: (environment) => `L’arrêter et démarrer ${environment}`,
    replacing: "Arrêt du serveur…",
    beside: (environment, name) =>
      `Démarrer ${environment} à côté, sous le nom «\u00a0${name}\u00a0»`,
    besideHint:
      "Les deux serveurs fonctionnent, chacun avec sa propre mémoire ; vos fichiers sont les mêmes dans les deux.",
    besideTest:
      "Les deux serveurs fonctionnent, chacun avec sa propre mémoire. Un serveur d’essai a ses propres fichiers, qui disparaissent avec lui.",
    replaceTest:
      "Le serveur en marche est un serveur d’essai\u00a0: tous ses fichiers disparaissent avec lui.",
    replaceHint:
      "Ce qui n’est pas enregistré dans le serveur en marche est perdu ; vos fichiers restent.",
  },
  cancelled: "Le lancement est annulé ; rien n’a été démarré.",
  server: (server) => `Serveur\u00a0: ${server}`,
  serverOn: (server, profile) => `Serveur\u00a0: ${server} · Machine\u00a0: ${profile}`,
  chooseOther: "Choisir autre chose",
  again: "Lancer de nouveau",
  toServers: "Mes serveurs",
};
