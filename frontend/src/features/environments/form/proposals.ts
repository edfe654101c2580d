const LONGEST_NAME = 63;
const LONGEST_LABEL = 100;

/** What an environment of this repository could be called in addresses. */
export function proposeName(repoUrl: string): string {
  return lastPart(repoUrl)
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, LONGEST_NAME)
    .replace(/^-|-$/g, "");
}

/** What people could read it as: `data-science-101` is "Data science 101". */
export function proposeLabel(repoUrl: string): string {
  const words = lastPart(repoUrl)
    .replace(/[-_\s]+/g, " ")
    .trim();
  return (words.charAt(0).toUpperCase() + words.slice(1)).slice(0, LONGEST_LABEL);
}

/** The last part of an image's name, without its tag and its digest. */
export function repositoryOfImage(image: string): string {
  const [name = ""] = image.trim().split("@");
  return name.split("/").at(-1)?.split(":")[0] ?? "";
}

/** The repository's own name; "" while the address has no more than a host. */
function lastPart(repoUrl: string): string {
  const path = repoUrl.trim().replace(/^\w+:\/\/[^/]*|^[^/:]*:/, "");
  const last = path
    .replace(/\/+$/, "")
    .replace(/\.git$/, "")
    .split("/")
    .at(-1);
  try {
    return decodeURIComponent(last ?? "");
  } catch {
    return last ?? "";
  }
}
