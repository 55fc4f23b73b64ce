// A long form keeps what is typed on the server (data-autosave="address"), so that it is there on another machine too. While the
// network is away the device keeps it (draft.js of the core, data-draft), and the form is not sent into the void.
const WAIT = 2000;

function start(form) {
  const note = form.querySelector("[data-autosave-note]");
  let timer = 0;
  let isSure = false;
  const say = (name) => {
    if (note) note.textContent = note.dataset[name] ?? "";
  };
  const save = async () => {
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    const answer = await fetch(form.dataset.autosave, { method: "POST", body: data }).catch(() => null);
    if (answer?.ok) {
      if (form.dataset.draft) localStorage.removeItem(`draft:${form.dataset.draft}`);
      say("saved");
    } else if (!answer) {
      say("offline");
    }
    return answer !== null;
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  };
  form.addEventListener("input", later);
  window.addEventListener("online", later);
  form.addEventListener("submit", async (event) => {
    if (isSure) return;
    event.preventDefault();
    clearTimeout(timer);
    const button = event.submitter;
    if (await save()) {
      isSure = true;
      form.requestSubmit(button);
    } else {
      form.dispatchEvent(new Event("input"));
      note?.scrollIntoView({ block: "center" });
    }
  });
}

document.querySelectorAll("form[data-autosave]").forEach(start);
