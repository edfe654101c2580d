import type { FieldError } from "../../../api/errors";

/** What is wrong with a field, or with a part of it. */
export function errorAt(errors: readonly FieldError[], path: string): string | undefined {
  return errors.find(({ field }) => field === path || field.startsWith(`${path}.`))?.message;
}

/** What is left when a field has been edited: all its errors are out of date. */
export function withoutErrorsOf(
  errors: readonly FieldError[],
  edited: readonly string[],
): readonly FieldError[] {
  return errors.filter(({ field }) => !edited.includes(field.split(".")[0] ?? ""));
}
