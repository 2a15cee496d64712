import { problemOf, Unreachable } from "@/api/problems";
import { credentialHeaders, onUnauthenticated } from "@/auth/session";

interface Options {
  headers: Record<string, string>;
  signal: AbortSignal;
  /** Bytes of the body that have left. */
  onSent: (bytes: number) => void;
}

/** A request that tells how much of its body has left, which `fetch` does not. Errors are the client's. */
export function put(method: string, path: string, body: Blob | FormData, options: Options): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, path);
    for (const [name, value] of Object.entries({ ...credentialHeaders(), ...options.headers })) {
      request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded }) => options.onSent(loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) return resolve();
      const headers = new Headers();
      for (const name of ["Retry-After", "X-Request-ID"]) headers.set(name, request.getResponseHeader(name) ?? "");
      const answer = new Response(null, { status: request.status, statusText: request.statusText, headers });
      const problem = problemOf(answer, parsed(request.responseText));
      if (problem.status === 401) onUnauthenticated(problem);
      reject(problem);
    };
    request.onerror = () => reject(new Unreachable(null));
    request.onabort = () => reject(new DOMException("The upload was cancelled.", "AbortError"));
    options.signal.addEventListener("abort", () => request.abort(), { once: true });
    if (options.signal.aborted) return reject(new DOMException("The upload was cancelled.", "AbortError"));
    request.send(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
