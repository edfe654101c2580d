import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { PageHeading } from "./heading";

test("the focus is where one has come to, also once the page is no longer loading", () => {
  history.replaceState(null, "", "/first");
  const { rerender } = render(<PageHeading key="first" title="First" />);
  expect(screen.getByRole("heading", { name: "First" })).not.toHaveFocus();
  history.replaceState(null, "", "/second");
  rerender(<PageHeading key="loading" title="second" />);
  expect(screen.getByRole("heading", { name: "second" })).toHaveFocus();
  rerender(<PageHeading key="second" title="The second" />);
  expect(screen.getByRole("heading", { name: "The second" })).toHaveFocus();
  expect(document.title).toBe("The second · JupyterHub");
});

test("the focus stays where somebody has put it while the page was loading", () => {
  history.replaceState(null, "", "/third");
  const button = <button type="button">Other</button>;
  const { rerender } = render(
    <>
      <PageHeading key="loading" title="third" />
      {button}
    </>,
  );
  screen.getByRole("button").focus();
  rerender(
    <>
      <PageHeading key="third" title="The third" />
      {button}
    </>,
  );
  expect(screen.getByRole("button")).toHaveFocus();
});
