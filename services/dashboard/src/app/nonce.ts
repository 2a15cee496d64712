import { setNonce } from "get-nonce";

/** The nonce with which this page's content security policy lets its own style elements through. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}

/** For the dialogs' scroll lock, which makes a style element of its own. */
export function shareNonce(): void {
  setNonce(styleNonce());
}
