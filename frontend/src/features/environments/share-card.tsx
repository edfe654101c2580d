import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { addressOf } from "../../api/page";
import type { Environment } from "../../api/schema";
import { t } from "../../i18n";
import { Field } from "../../ui/field";
import { allowedProfiles } from "../servers/profile-choice";
import { profilesQuery } from "../servers/queries";
import { badgeMarkdown, launchAddress } from "./badge";
import { CopyField } from "./copy-field";

/** The link that starts a server from an environment, and the same as a badge. */
export function ShareCard({ environment }: { environment: Environment }) {
  const { share } = t.environments;
  // Without an answer the link is one to the usual machine.
  const { data } = useQuery(profilesQuery);
  const profiles = allowedProfiles(data?.items ?? [], environment);
  const [profile, setProfile] = useState("");
  const address = launchAddress(environment.name, profile);
  const alt = share.badgeAlt(environment.display_name);
  return (
    <section className="card mb-3" aria-labelledby="share">
      <div className="card-body">
        <h2 className="h5" id="share">
          {share.title}
        </h2>
        <p>{share.explained}</p>
        {profiles.length > 1 && (
          <Field label={share.machine}>
            {(control) => (
              <select
                {...control}
                className="form-select"
                value={profile}
                onChange={(event) => setProfile(event.target.value)}
              >
                <option value="">{share.anyMachine}</option>
                {profiles.map(({ label }) => (
                  <option key={label} value={label}>
                    {label}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <CopyField label={share.link} text={address} copyLabel={share.copyLink} />
        <CopyField
          label={share.badge}
          text={badgeMarkdown(alt, address)}
          copyLabel={share.copyBadge}
        />
        <img src={addressOf("assets/badge.svg")} alt={alt} />
      </div>
    </section>
  );
}
