// A drop zone (data-drop) around a file field; data-drop="send" sends the form at once.
export function start(zones) {
  for (const zone of zones) {
    const field = zone.querySelector("input[type=file]");
    const name = zone.querySelector("[data-drop-name]");
    const took = () => {
      if (name) name.textContent = [...field.files].map((file) => file.name).join(", ");
      if (zone.dataset.drop === "send" && field.files.length) field.form.requestSubmit();
    };
    const over = (event) => {
      event.preventDefault();
      zone.classList.add("is-over");
    };
    zone.addEventListener("dragenter", over);
    zone.addEventListener("dragover", over);
    zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("is-over");
      if (!event.dataTransfer.files.length) return;
      field.files = event.dataTransfer.files;
      took();
    });
    field.addEventListener("change", took);
  }
}
