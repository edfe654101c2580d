/** The form as the spawner renders it: what the script works on. */
export function renderForm(names: readonly string[], chosen = names[0]): HTMLElement {
  document.body.innerHTML = `
    <form id="spawn_form">
      <fieldset id="envbuilder-form" lang="en">
        <div class="envbuilder-choices">${names.map((name) => choice(name, name === chosen)).join("")}</div>
      </fieldset>
      <button type="submit">Start</button>
    </form>`;
  return document.getElementById("envbuilder-form") as HTMLElement;
}

function choice(name: string, isChosen: boolean): string {
  return `
    <div class="envbuilder-choice">
      <input type="radio" name="environment" id="envbuilder-${name}" value="${name}"
             aria-describedby="envbuilder-${name}-about" ${isChosen ? "checked" : ""}>
      <label for="envbuilder-${name}" data-searched>${name}</label>
      <div id="envbuilder-${name}-about">
        <p data-searched>https://git.example.org/${name}.git</p>
        <p>Built <time datetime="2026-03-01T12:30:00+00:00">2026-03-01</time></p>
      </div>
      <select name="profile:${name}"><option>Small</option><option>Large</option></select>
    </div>`;
}
