import { formatDuration, formatExact, formatRelative } from "../i18n/format";
import { useNow } from "./clock";

/** When something was: how long ago, and exactly on hover. */
export function RelativeTime({ at }: { at: string }) {
  const now = useNow("minute");
  const time = new Date(at);
  return (
    <time dateTime={at} title={formatExact(time)}>
      {formatRelative(time, new Date(Math.max(now, time.getTime())))}
    </time>
  );
}

/** How long something has taken, or takes by now. */
export function Elapsed({ from, to }: { from: string; to?: string | null }) {
  return to ? (
    <span>{formatDuration(Date.parse(to) - Date.parse(from))}</span>
  ) : (
    <Running from={from} />
  );
}

function Running({ from }: { from: string }) {
  const seconds = Math.floor(Math.max(0, useNow("second") - Date.parse(from)) / 1000);
  return <span role="timer">{formatDuration(seconds * 1000)}</span>;
}
