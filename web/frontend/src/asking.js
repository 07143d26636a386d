import { cover } from "./hiding.js";

/**
 * Ask the server for data. Returns its answer as {ok, status, said, …}; throws TypeError when nothing came back.
 * A session that hides answers with nothing else, and then this page hides as well.
 */
export async function ask(address, options = {}) {
  const response = await fetch(address, {
    ...options,
    headers: { Accept: "application/json" },
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(10_000),
  });
  const told = await response.json().catch(() => ({}));
  if (told.cover) cover(told.cover);
  return { ...told, ok: response.ok, status: response.status };
}
