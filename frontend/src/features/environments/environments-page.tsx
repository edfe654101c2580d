import { PageHeading } from "../../ui/heading";
import { t } from "../../i18n";

export function EnvironmentsPage() {
  return <PageHeading title={t.environments.title} />;
}
