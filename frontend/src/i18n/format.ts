import { language, t } from ".";
import { exactIn, relativeIn } from "./relative";

/** Null is no limit. */
interface Size {
  mem_limit?: number | null;
  cpu_limit?: number | null;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** A size for people: 1.5 GiB. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return "";
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const number = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  return `${number.format(bytes / 1024 ** power)} ${UNITS[power]}`;
}

/** A memory and a CPU limit; "" where there is neither. */
export function formatSize({ mem_limit, cpu_limit }: Size): string {
  const parts = [];
  if (mem_limit != null) parts.push(formatBytes(mem_limit));
  if (cpu_limit != null) parts.push(t.size.cores(cpu_limit));
  return parts.join(", ");
}

/** A duration for people: 4.2 s, 3 min 05 s, 1 h 02 min. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 10) {
    return `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(seconds)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** How long ago: "2 hours ago", "just now". */
export function formatRelative(time: Date, now?: Date): string {
  return relativeIn(language, time, now);
}

/** The exact time, in the reader's own time zone. */
export function formatExact(time: Date): string {
  return exactIn(language, time);
}
