import { expect, test, vi } from "vitest";

import { renderForm } from "../../tests/spawn-form";
import { tellTimes } from "./times";

test.each([
  ["en", "2 days ago"],
  ["fr", "avant-hier"],
])("times are told in the language of the form (%s)", (language, words) => {
  vi.useFakeTimers({ now: new Date("2026-03-03T12:30:00Z") });
  try {
    const form = renderForm(["course"]);
    form.lang = language;
    tellTimes(form);
    const time = form.querySelector("time");
    expect(time).toHaveTextContent(words);
    expect(time?.title).toContain("2026");
    expect(time?.dateTime).toBe("2026-03-01T12:30:00+00:00");
  } finally {
    vi.useRealTimers();
  }
});
