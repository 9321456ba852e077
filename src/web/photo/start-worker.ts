/**
 * Starts a classic worker. Browsers start workers only from the origin of the page. For a script of another origin, the
 * worker starts from a blob that loads the script. Such a worker has the Content-Security-Policy of the page, which must
 * allow `blob:` in `worker-src`, and the origin of the script in `script-src`.
 * @param url absolute URL of the script.
 * @returns the worker, and a function to call after the worker has ended.
 */
export function startWorker(url: string): { readonly worker: Worker; readonly release: () => void } {
  if (new URL(url).origin === location.origin) {
    return { worker: new Worker(url), release: () => {} };
  }
  const loader = new Blob([`importScripts(${JSON.stringify(url)})`], { type: 'text/javascript' });
  const loaderUrl = URL.createObjectURL(loader);
  return { worker: new Worker(loaderUrl), release: () => URL.revokeObjectURL(loaderUrl) };
}
