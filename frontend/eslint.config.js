import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Imports point one way: app → features → ui → api → i18n. */
const layers = ["i18n", "api", "ui", "features", "app"];
const oneWay = layers.slice(0, -1).map((layer, index) => ({
  files: [`src/${layer}/**`],
  ignores: ["**/*.test.*"],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: layers
          .slice(index + 1)
          // Everybody may know where the pages are.
          .map((above) => ({
            regex: above === "app" ? "/app/(?!navigation$)" : `/${above}(/|$)`,
            message: `${layer}/ does not know ${above}/`,
          })),
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ["src/api/schema.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  jsxA11y.flatConfigs.strict,
  {
    plugins: { "react-hooks": reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      "@typescript-eslint/no-invalid-void-type": "off",
      // French has spaces that do not break.
      "no-irregular-whitespace": ["error", { skipStrings: true, skipTemplates: true }],
    },
  },
  {
    files: ["scripts/**"],
    languageOptions: { globals: { console: "readonly", process: "readonly", URL: "readonly" } },
  },
  ...oneWay,
);
