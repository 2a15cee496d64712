/**
 * Who is signed in. An API key lives in this tab's session storage: it goes when the tab is closed, no other tab and
 * no other site reads it, and it is sent to this page's own origin alone.
 */
import { useSyncExternalStore } from "react";

import type { ApiProblem } from "@/api/problems";

const STORED = "cartridges.api-key";

export interface Session {
  apiKey: string;
}

type Listener = () => void;
const listeners = new Set<Listener>();

function stored(): Session | null {
  try {
    const apiKey = sessionStorage.getItem(STORED);
    return apiKey === null ? null : { apiKey };
  } catch {
    return null; // storage is forbidden: the key then lives as long as the page
  }
}

let current: Session | null = stored();
let lastProblem: ApiProblem | null = null;

function become(session: Session | null): void {
  current = session;
  try {
    if (session === null) sessionStorage.removeItem(STORED);
    else sessionStorage.setItem(STORED, session.apiKey);
  } catch {
    // as above
  }
  for (const listener of listeners) listener();
}

export function session(): Session | null {
  return current;
}

export function signIn(apiKey: string): void {
  lastProblem = null;
  become({ apiKey });
}

export function signOut(): void {
  lastProblem = null;
  become(null);
}

/** The server does not know the caller any more: sign out, and let the sign-in page say why. */
export function onUnauthenticated(problem: ApiProblem): void {
  if (current === null) return;
  lastProblem = problem;
  become(null);
}

/** Why the last session ended, where nobody ended it on purpose. */
export function whySignedOut(): ApiProblem | null {
  return lastProblem;
}

/** Headers that tell the API who asks. */
export function credentialHeaders(): Record<string, string> {
  return current === null ? {} : { Authorization: `Bearer ${current.apiKey}` };
}

export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSession(): Session | null {
  return useSyncExternalStore(subscribe, session);
}
