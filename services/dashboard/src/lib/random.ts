/** A new `Idempotency-Key`. `crypto.randomUUID` is not there where the page did not come over TLS or from this machine. */
export function newRequestKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
