import "./style.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App, makeQueryClient } from "./app/app";
import { enableNavigationBar } from "./app/navigation-bar";
import { chooseLanguage } from "./i18n";

const root = document.getElementById("app");
if (root) {
  enableNavigationBar();
  await chooseLanguage();
  createRoot(root).render(
    <StrictMode>
      <App client={makeQueryClient()} />
    </StrictMode>,
  );
}
