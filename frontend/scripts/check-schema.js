// Fail when the types are not those of the contract.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const scratch = mkdtempSync(join(tmpdir(), "schema-"));
const fresh = join(scratch, "schema.ts");
try {
  const options = ["--root-types", "--root-types-no-schema-prefix", "--default-non-nullable=false"];
  execFileSync("openapi-typescript", ["openapi.json", "--output", fresh, ...options], {
    stdio: "pipe",
  });
  execFileSync("prettier", ["--write", "--config", ".prettierrc.json", fresh], { stdio: "pipe" });
  if (readFileSync(fresh, "utf8") !== readFileSync("src/api/schema.ts", "utf8")) {
    console.error("src/api/schema.ts is not what openapi.json says: npm run types");
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true });
}
