import type { Profile } from "../../../api/schema";
import { t } from "../../../i18n";
import { formatSize } from "../../../i18n/format";

/** A label and what it stands for. */
export interface MachineChoice {
  label: string;
  about: string;
}

/**
 * The machines on offer, and those that the environment allows though they are not on offer to the
 * person, so that they stay what they are.
 */
export function machineChoices(
  offered: readonly Profile[],
  chosen: readonly string[],
): MachineChoice[] {
  const texts = t.environments.form.machines;
  const labels = new Set(offered.map(({ label }) => label));
  return [
    ...offered.map((profile) => ({ label: profile.label, about: describe(profile) })),
    ...chosen
      .filter((label) => !labels.has(label))
      .map((label) => ({ label, about: texts.notOffered })),
  ];
}

function describe(profile: Profile): string {
  const size = formatSize({
    mem_limit: profile.mem_limit ?? null,
    cpu_limit: profile.cpu_limit ?? null,
  });
  const gpus = profile.gpus ? t.environments.form.machines.gpus(profile.gpus) : "";
  return [size, gpus, profile.description].filter(Boolean).join(" · ");
}
