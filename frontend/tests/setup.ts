import "@testing-library/jest-dom/vitest";

import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// The shell as the server sends it: modules read it when they are loaded.
const shell = document.createElement("div");
shell.id = "app";
shell.dataset["page"] = JSON.stringify({
  prefix: "/services/envbuilder/",
  hub: "/hub/",
  user: { name: "ada", admin: true, mayBuild: true },
});
document.body.append(shell);

// jsdom has no modal dialogs.
HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close = function (this: HTMLDialogElement) {
  this.open = false;
};

configure({ asyncUtilTimeout: 30_000 });

afterEach(cleanup);
