import { t } from "../../i18n";
import { formatBytes } from "../../i18n/format";
import { Elapsed } from "../../ui/time";
import type { Block } from "./log-store";
import { stateOf } from "./step-state";

const SIGNS = {
  running: "↻",
  done: "✓",
  cached: "✓",
  failed: "✕",
  cancelled: "–",
  interrupted: "–",
} as const;

interface StepHeadProps {
  block: Block;
  isOpen: boolean;
  onToggle: (block: Block) => void;
}

/** A step: how it is, how long it took or takes, and a button that shows what it printed. */
export function StepHead({ block, isOpen, onToggle }: StepHeadProps) {
  const { step } = block;
  if (!step) return null;
  const state = stateOf(block);
  const content = (
    <>
      <span className={`envbuilder-step-${state}`} aria-hidden="true">
        {SIGNS[state]}
      </span>
      <span className="text-truncate me-auto" title={step.name}>
        {step.name}
      </span>
      <span className="visually-hidden">{t.builds.log.state[state]}</span>
      <Transfer block={block} />
      {step.size ? <span className="d-none d-sm-inline">{formatBytes(step.size)}</span> : null}
      <span className="d-none d-sm-inline" aria-hidden="true">
        {t.builds.log.state[state]}
      </span>
      {step.started_at && !step.cached && state !== "interrupted" && (
        <span className="envbuilder-log-duration">
          <Elapsed from={step.started_at} to={step.finished_at ?? null} />
        </span>
      )}
    </>
  );
  return (
    <h3 className="envbuilder-log-head">
      {block.lines.count === 0 ? (
        <span className="envbuilder-log-step">{content}</span>
      ) : (
        <button
          type="button"
          className="envbuilder-log-step"
          aria-expanded={isOpen}
          onClick={() => onToggle(block)}
        >
          {content}
        </button>
      )}
    </h3>
  );
}

/** How much the running step has transferred. */
function Transfer({ block }: { block: Block }) {
  const transfers = [...block.transfers.values()];
  const current = transfers.reduce((sum, each) => sum + each.current, 0);
  const total = transfers.reduce((sum, each) => sum + (each.total ?? 0), 0);
  if (current === 0) return null;
  return (
    <span>
      {total > 0
        ? t.builds.log.transferred(formatBytes(current), formatBytes(Math.max(current, total)))
        : formatBytes(current)}
    </span>
  );
}
