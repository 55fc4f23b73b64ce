// Progress that a page shows (data-refresh="seconds") is asked for again until the mark is gone.
async function again(block) {
  await new Promise((wake) => setTimeout(wake, 1000 * (Number(block.dataset.refresh) || 3)));
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return again(block);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(block.id);
  if (!fresh) return location.reload();
  block.replaceWith(fresh);
  if (fresh.dataset.refresh !== undefined) return again(fresh);
}

export function start(blocks) {
  blocks.forEach(again);
}
