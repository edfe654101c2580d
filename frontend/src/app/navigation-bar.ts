/** Let the Hub's navigation bar open on a phone; it comes with the page, without Bootstrap's script. */
export function enableNavigationBar(): void {
  const button = document.querySelector<HTMLButtonElement>(".navbar-toggler");
  const menu = document.getElementById("thenavbar");
  button?.addEventListener("click", () => {
    const isOpen = menu?.classList.toggle("show") ?? false;
    button.setAttribute("aria-expanded", String(isOpen));
  });
}
