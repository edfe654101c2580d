import type { Environment } from "../../api/schema";
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
  return asked === "deletion" ? (
    <DeletionDialog onGone={onGone} {...rest} />
  ) : (
    <RebuildDialog {...rest} />
  );
}
