import { useState } from "react";

import type { FieldError } from "../../../api/errors";
import { withoutErrorsOf } from "./field-errors";
import { type Draft, type Values, valuesOf } from "./values";

const OF_ONE_SOURCE = [
  "image",
  "repo_url",
  "ref",
  "credentials",
  "builder",
  "build_args",
  "schedule",
];

/** What each part of the form gets. */
export interface FormPart {
  /** What is entered or proposed. */
  values: Values;
  errors: readonly FieldError[];
  edit: (part: Partial<Draft>) => void;
}

/** What is entered, and what is wrong with it. */
export function useForm(initial: Draft) {
  const [draft, setDraft] = useState(initial);
  const [errors, setErrors] = useState<readonly FieldError[]>([]);

  function edit(part: Partial<Draft>) {
    setDraft((old) => ({ ...old, ...part }));
    // What a repository needs is not asked of an image, nor the other way.
    const edited = "source" in part ? OF_ONE_SOURCE : Object.keys(part);
    setErrors((old) => withoutErrorsOf(old, edited));
  }

  return { draft, errors, edit, setErrors, isEdited: !isSame(draft, initial) };
}

/** Whether two drafts are the same, as far as they were read from an address or not. */
function isSame(one: Draft, other: Draft): boolean {
  return JSON.stringify(valuesOf(one, [])) === JSON.stringify(valuesOf(other, []));
}
