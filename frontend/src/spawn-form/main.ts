import { spawnForm as english } from "../i18n/en/spawn-form";
import { spawnForm as french } from "../i18n/fr/spawn-form";
import { addSearch } from "./search";
import { preselect } from "./preselect";
import { tellTimes } from "./times";

// What the Hub's spawn page has without scripts works; this makes it easier where there is much.
const form = document.getElementById("envbuilder-form");
if (form) {
  preselect(form, location.search);
  tellTimes(form);
  addSearch(form, form.lang === "fr" ? french : english);
}
