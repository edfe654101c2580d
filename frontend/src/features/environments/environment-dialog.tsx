import type { Environment } from "../../api/schema";
import { CopyDialog } from "./copy-dialog";
import { DeletionDialog } from "./deletion-dialog";
import type { Asked } from "./environment-actions";
import { RebuildDialog } from "./rebuild-dialog";

interface EnvironmentDialogProps {
  asked: Asked;
  environment: Environment;
  onClose: () => void;
  onGone: () => void;
}

/** What is asked before something is done with an environment. */
export function EnvironmentDialog({ asked, onGone, ...rest }: EnvironmentDialogProps) {
  switch (asked) {
    case "deletion":
      return <DeletionDialog onGone={onGone} {...rest} />;
    case "rebuild":
      return <RebuildDialog {...rest} />;
    case "copy":
      return <CopyDialog {...rest} />;
  }
}
