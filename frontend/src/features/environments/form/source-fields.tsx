import { useState } from "react";

import { t } from "../../../i18n";
import { Choices } from "./choices";
import { errorAt } from "./field-errors";
import { RepositoryFields, type RepositoryFieldsProps } from "./repository-fields";
import { TextField } from "./text-field";
import type { FormPart } from "./use-form";

interface SourceFieldsProps extends Omit<RepositoryFieldsProps, "isFirst"> {
  isNew: boolean;
}

/** What an environment is made from; of which kind that is, is for ever. */
export function SourceFields({ isNew, ...part }: SourceFieldsProps) {
  const texts = t.environments.form.source;
  const { source } = part.values;
  // The focus stays on the choice when one chooses.
  const [hasChosen, setHasChosen] = useState(false);
  const repository = <RepositoryFields {...part} isFirst={isNew && !hasChosen} />;
  if (!isNew) return source === "image" ? <ImageField {...part} /> : repository;
  return (
    <Choices
      legend={texts.legend}
      value={source}
      onChange={(chosen) => {
        setHasChosen(true);
        part.edit({ source: chosen });
      }}
      choices={[
        { value: "repository", label: texts.repository, children: repository },
        { value: "image", label: texts.image, children: <ImageField {...part} /> },
      ]}
    />
  );
}

function ImageField({ values, errors, edit }: FormPart) {
  const texts = t.environments.form.image;
  return (
    <TextField
      label={texts.label}
      hint={texts.hint}
      error={errorAt(errors, "image")}
      required
      maxLength={500}
      placeholder={texts.example}
      value={values.image}
      onChange={(image) => edit({ image })}
    />
  );
}
