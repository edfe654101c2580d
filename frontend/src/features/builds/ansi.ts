/** Colours of the log; each has its value in light and in dark, with enough contrast in both. */
const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
type Colour = (typeof COLOURS)[number];

/** How text looks that terminals would show. */
export interface Style {
  readonly colour: Colour | null;
  readonly background: Colour | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly strike: boolean;
  readonly reverse: boolean;
}

export const PLAIN: Style = {
  colour: null,
  background: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  strike: false,
  reverse: false,
};

const SWITCHES: Record<number, Partial<Style>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { reverse: true },
  9: { strike: true },
  21: { underline: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { reverse: false },
  29: { strike: false },
  39: { colour: null },
  49: { background: null },
};

/** The style after the parameters of an SGR sequence: `1;31` of `ESC [1;31m`. */
export function restyle(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  let next = style;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    const property = code === 38 || (code >= 30 && code < 38) ? "colour" : "background";
    if (code === 0) {
      next = PLAIN;
    } else if (code === 38 || code === 48) {
      const [colour, length] = extended(codes.slice(at + 1));
      if (colour) next = { ...next, [property]: colour };
      at += length;
    } else if (code >= 30 && code < 50 && code % 10 < 8) {
      next = { ...next, [property]: COLOURS[code % 10] };
    } else if (code >= 90 && code < 108 && code % 10 < 8) {
      next = { ...next, [code < 98 ? "colour" : "background"]: COLOURS[code % 10] };
    } else {
      next = { ...next, ...SWITCHES[code] };
    }
  }
  return next;
}

/** The colour that `5;208` or `2;255;128;0` stands for, and how many codes that took. */
function extended(codes: number[]): [Colour | undefined, number] {
  const [kind, first = 0, second = 0, third = 0] = codes;
  if (kind === 2) return [nearest(first, second, third), 4];
  if (kind !== 5) return [undefined, 0];
  if (first < 16) return [COLOURS[first % 8], 2];
  if (first >= 232) return [first < 244 ? "black" : "white", 2];
  const cube = first - 16;
  return [nearest(...([36, 6, 1].map((unit) => Math.floor(cube / unit) % 6) as Triple), 5), 2];
}

type Triple = [number, number, number];

/** Of any colour the one of ours that is like it: nothing is unreadable on our background. */
function nearest(red: number, green: number, blue: number, most = 255): Colour | undefined {
  const highest = Math.max(red, green, blue);
  const lowest = Math.min(red, green, blue);
  if (highest - lowest < 0.2 * most) return highest < 0.5 * most ? "black" : "white";
  const isOn = (part: number) => part > (highest + lowest) / 2;
  return COLOURS[(isOn(red) ? 1 : 0) + (isOn(green) ? 2 : 0) + (isOn(blue) ? 4 : 0)];
}

/** The classes of a style; "" for plain text. */
export function classesOf(style: Style): string {
  if (style === PLAIN) return "";
  const [colour, background] = style.reverse
    ? [style.background ?? "black", style.colour ?? "white"]
    : [style.colour, style.background];
  // On a coloured background the text is black or white, whatever was asked for.
  const paint = background ? `on-${background}` : (colour ?? (style.dim && "black"));
  return [
    paint && `envbuilder-ansi-${paint}`,
    style.bold && "fw-bold",
    style.italic && "fst-italic",
    style.underline && "text-decoration-underline",
    style.strike && "text-decoration-line-through",
  ]
    .filter(Boolean)
    .join(" ");
}
