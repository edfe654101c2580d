import { exactIn, relativeIn } from "../i18n/relative";

/** Say of each time how long ago it was, in the language of the form. */
export function tellTimes(form: HTMLElement): void {
  for (const element of form.querySelectorAll("time")) {
    const time = new Date(element.dateTime);
    element.title = exactIn(form.lang, time);
    element.textContent = relativeIn(form.lang, time);
  }
}
