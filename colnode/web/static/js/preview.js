// The picture follows the form: <img data-preview="/address" data-preview-form="#form"> asks again
// after each change, with the form's fields as the query (language fields `title.en` included).
export function start(pictures) {
  for (const picture of pictures) {
    const form = document.querySelector(picture.dataset.previewForm) ?? picture.closest("form");
    let pause;
    const ask = () => {
      const query = new URLSearchParams();
      for (const [name, value] of new FormData(form)) {
        if (typeof value === "string" && value && name !== "csrf_token" && value.length < 200) query.append(name, value);
      }
      const next = new Image();
      next.onload = () => (picture.src = next.src);
      next.src = `${picture.dataset.preview}?${query}`;
    };
    form.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(ask, 250);
    });
  }
}
