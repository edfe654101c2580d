import type { spawnForm } from "../i18n/en/spawn-form";
import { matches } from "./matching";

/** From so many environments on there is a search. */
const MANY = 6;

interface Choice {
  element: HTMLElement;
  radio: HTMLInputElement;
  text: string;
}

/** Put a search above the environments, where there are many. */
export function addSearch(form: HTMLElement, texts: typeof spawnForm): void {
  const choices = choicesOf(form);
  const list = form.querySelector(".envbuilder-choices");
  if (!list || choices.length <= MANY) return;
  form.classList.add("envbuilder-many");

  const { box, status, elements } = parts(texts);
  list.before(...elements);
  const empty = document.createElement("p");
  empty.hidden = true;
  list.after(empty);

  const show = () => {
    const found = choices.filter((each) => matches(each.text, box.value));
    for (const each of choices) {
      // What is chosen stays in sight, whatever is looked for.
      each.element.hidden = !found.includes(each) && !each.radio.checked;
    }
    status.textContent = box.value ? texts.matches(found.length, choices.length) : "";
    empty.hidden = found.length > 0;
    empty.replaceChildren(...nothing(box, texts, show));
    return found;
  };
  box.addEventListener("input", show);
  list.addEventListener("change", show);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // which would start a server
    const [first] = show();
    if (!first) return;
    first.radio.checked = true;
    first.radio.focus();
    show();
  });
  choices.find((each) => each.radio.checked)?.element.scrollIntoView?.({ block: "nearest" });
}

function choicesOf(form: HTMLElement): Choice[] {
  return [...form.querySelectorAll<HTMLElement>(".envbuilder-choice")].flatMap((element) => {
    const radio = element.querySelector("input");
    const searched = [...element.querySelectorAll("[data-searched]")];
    const text = searched.map((each) => each.textContent).join(" ");
    return radio ? [{ element, radio, text }] : [];
  });
}

function parts(texts: typeof spawnForm) {
  const box = document.createElement("input");
  Object.assign(box, { type: "search", id: "envbuilder-search", className: "form-control" });
  Object.assign(box, { placeholder: texts.search, autocomplete: "off", maxLength: 200 });
  box.setAttribute("aria-describedby", "envbuilder-search-hint");
  const label = document.createElement("label");
  Object.assign(label, { htmlFor: box.id, className: "visually-hidden" });
  label.textContent = texts.search;
  const hint = document.createElement("span");
  Object.assign(hint, { id: "envbuilder-search-hint", className: "me-auto" });
  hint.textContent = texts.hint;
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  const below = document.createElement("div");
  below.className = "d-flex flex-wrap column-gap-2 form-text mb-2";
  below.append(hint, status);
  return { box, status, elements: [label, box, below] };
}

function nothing(box: HTMLInputElement, texts: typeof spawnForm, show: () => void): Node[] {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "btn btn-link p-0 align-baseline" });
  button.textContent = texts.clear;
  button.addEventListener("click", () => {
    box.value = "";
    box.focus();
    show();
  });
  return [document.createTextNode(`${texts.none(box.value)} `), button];
}
