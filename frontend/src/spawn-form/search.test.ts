import { screen } from "@testing-library/dom";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { renderForm } from "../../tests/spawn-form";
import { spawnForm as french } from "../i18n/fr/spawn-form";
import { spawnForm as english } from "../i18n/en/spawn-form";
import { addSearch } from "./search";

const MANY = ["algebra", "biology", "chemistry", "dynamics", "ecology", "forestry", "genomics"];

const shown = () =>
  [...document.querySelectorAll<HTMLElement>(".envbuilder-choice")]
    .filter((each) => !each.hidden)
    .map((each) => each.querySelector("input")?.value);

function open(names = MANY, texts = english) {
  addSearch(renderForm(names), texts);
  const onSubmit = vi.fn((event: Event) => event.preventDefault());
  document.querySelector("form")?.addEventListener("submit", onSubmit);
  return onSubmit;
}

const box = () => screen.getByRole("searchbox", { name: "Search the environments" });

test("few environments need no search", () => {
  open(MANY.slice(0, 6));
  expect(screen.queryByRole("searchbox")).toBeNull();
});

test("a search shows what matches, and says how many that are", async () => {
  open();
  await userEvent.type(box(), "LOGY");
  expect(shown()).toEqual(["algebra", "biology", "ecology"]); // the first one is chosen
  expect(screen.getByRole("status")).toHaveTextContent("2 of 7 environments");
  await userEvent.clear(box());
  expect(shown()).toEqual(MANY);
  expect(screen.getByRole("status")).toBeEmptyDOMElement();
});

test("repository addresses are searched, but not what all have in common", async () => {
  open();
  await userEvent.type(box(), "org/genomics");
  expect(screen.getByRole("status")).toHaveTextContent("1 of 7");
  await userEvent.clear(box());
  await userEvent.type(box(), "built");
  expect(screen.getByRole("status")).toHaveTextContent("0 of 7");
});

test("Enter chooses the first match and starts nothing", async () => {
  const onSubmit = open();
  await userEvent.type(box(), "eco{Enter}");
  const radio = screen.getByRole("radio", { name: "ecology" });
  expect(radio).toBeChecked();
  expect(radio).toHaveFocus();
  expect(onSubmit).not.toHaveBeenCalled();
  expect(shown()).toEqual(["ecology"]);
});

test("Enter without a match changes nothing", async () => {
  const onSubmit = open();
  await userEvent.type(box(), "nothing{Enter}");
  expect(screen.getByRole("radio", { name: "algebra" })).toBeChecked();
  expect(onSubmit).not.toHaveBeenCalled();
});

test("without a match the search can be cleared", async () => {
  open();
  await userEvent.type(box(), "<b>nothing</b>");
  expect(screen.getByText(/No environment matches “<b>nothing<\/b>”/)).toBeVisible();
  expect(shown()).toEqual(["algebra"]);
  await userEvent.click(screen.getByRole("button", { name: "Clear the search" }));
  expect(shown()).toEqual(MANY);
  expect(box()).toHaveFocus();
  expect(screen.queryByText(/No environment matches/)).not.toBeVisible();
});

test("the search is never sent with the form", () => {
  open();
  const fields = [...new FormData(document.querySelector("form") as HTMLFormElement).keys()];
  expect(fields).toEqual(["environment", ...MANY.map((name) => `profile:${name}`)]);
});

test("the search is there in French", () => {
  open(MANY, french);
  expect(
    screen.getByRole("searchbox", { name: "Rechercher parmi les environnements" }),
  ).toBeVisible();
});
