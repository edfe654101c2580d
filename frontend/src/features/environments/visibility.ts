import type { Visibility } from "../../api/schema";
import { t } from "../../i18n";

/** Who may see an environment, besides its owner and the admins, in a few words. */
export function describeVisibility({ everyone, users, groups }: Visibility): string {
  const { people } = t.environments;
  if (everyone) return people.everyone;
  const parts = [];
  if (users?.length) parts.push(people.users(users.length));
  if (groups?.length) parts.push(people.groups(groups.length));
  const [one, other] = parts;
  if (one === undefined) return people.nobody;
  return other === undefined ? one : people.both(one, other);
}

/** All of them by name; "" where there is nobody to name. */
export function namesOf({ users = [], groups = [] }: Visibility): string {
  return [...users, ...groups].join(", ");
}
