/** How far something is; without a total it only moves. */
export function ProgressBar({
  label,
  value,
  total,
}: {
  label: string;
  value?: number | undefined;
  total?: number | null | undefined;
}) {
  const percent = total ? Math.min(100, (100 * (value ?? 0)) / total) : undefined;
  return (
    <div
      className="progress"
      role="progressbar"
      aria-label={label}
      {...(percent === undefined
        ? {}
        : { "aria-valuenow": Math.round(percent), "aria-valuemin": 0, "aria-valuemax": 100 })}
    >
      <div
        className={`progress-bar ${percent === undefined ? "progress-bar-striped progress-bar-animated" : ""}`}
        style={{ width: `${percent ?? 100}%` }}
      />
    </div>
  );
}
