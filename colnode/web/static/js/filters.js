// A filter form (data-autosubmit) sends itself when a choice changes; typing waits for a pause.
export function start(forms) {
  for (const form of forms) {
    let pause;
    form.addEventListener("change", () => form.requestSubmit());
    form.addEventListener("input", (event) => {
      clearTimeout(pause);
      if (event.target.type === "search" && form.dataset.autosubmit === "typing") {
        pause = setTimeout(() => form.requestSubmit(), 500);
      }
    });
  }
}
