import { expect, test } from "vitest";

import { renderForm } from "../../tests/spawn-form";
import { preselect } from "./preselect";

function preselected(search: string): string[] {
  const form = renderForm(["course", "thesis"]);
  preselect(form, search);
  const radio = form.querySelector<HTMLInputElement>("input:checked");
  return [radio?.value ?? "", ...[...form.querySelectorAll("select")].map((each) => each.value)];
}

test.each([
  ["", ["course", "Small", "Small"]],
  ["?environment=thesis", ["thesis", "Small", "Small"]],
  ["?environment=thesis&profile=Large", ["thesis", "Large", "Large"]],
  ["?opt-environment=thesis&opt-profile=Large", ["thesis", "Large", "Large"]],
  ["?environment=gone&profile=Huge", ["course", "Small", "Small"]],
  ["?environment=%22%5D", ["course", "Small", "Small"]],
])("the address %j chooses %j", (search, chosen) => {
  expect(preselected(search)).toEqual(chosen);
});

test("a form that comes back keeps what was sent", () => {
  expect(preselected("?environment=thesis&_xsrf=x")).toEqual(["course", "Small", "Small"]);
});
