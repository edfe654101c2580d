import { en, type Messages } from "./en";

/** Languages that there are texts in, the first one for everybody else. */
const CATALOGUES: Record<string, () => Promise<Messages>> = {
  en: () => Promise.resolve(en),
  fr: () => import("./fr").then((module) => module.fr),
};

/** The texts; chosen once, before anything is shown. */
export let t: Messages = en;

/** The language of the texts and of all numbers and dates. */
export let language = "en";

/** Take the first of the browser's languages that there are texts in. */
export async function chooseLanguage(wanted: readonly string[] = navigator.languages) {
  const chosen = wanted.map((tag) => tag.split("-")[0] ?? "").find((tag) => tag in CATALOGUES);
  language = chosen ?? "en";
  t = await (CATALOGUES[language] as () => Promise<Messages>)();
  document.documentElement.lang = language;
}
