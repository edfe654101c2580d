/**
 * Choose what the page's address asks for, where it is on offer.
 *
 * The Hub starts what an address asks for by itself, and shows the form if it cannot. A form that
 * comes back after it was sent has another choice already; the Hub's token tells.
 */
export function preselect(form: HTMLElement, search: string): void {
  const asked = new URLSearchParams(search);
  if (asked.has("_xsrf")) return;
  const value = (name: string) => asked.get(`opt-${name}`) ?? asked.get(name);
  const radios = form.querySelectorAll<HTMLInputElement>("input[name=environment]");
  const radio = [...radios].find((each) => each.value === value("environment"));
  if (radio) radio.checked = true;
  const profile = value("profile");
  for (const select of form.querySelectorAll("select")) {
    const offers = [...select.options].some((option) => option.value === profile);
    if (profile !== null && offers) select.value = profile;
  }
}
