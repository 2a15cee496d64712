/**
 * Who is signed in: a person, whose session is a cookie that no script reads, or an API key. A key lives in this tab's
 * session storage: it goes when the tab is closed, no other tab and no other site reads it, and it is sent to this
 * page's own origin alone.
 */
import { useSyncExternalStore } from "react";

import type { ApiProblem } from "@/api/problems";

const STORED = "cartridges.api-key";
/** Says that this browser may hold a person's cookie. It is no secret and opens nothing. */
const PERSON_MARK = "cartridges.person";

export type Session = { kind: "key"; apiKey: string } | { kind: "person"; csrfToken: string };

type Listener = () => void;
const listeners = new Set<Listener>();

function storedKey(): Session | null {
  try {
    const apiKey = sessionStorage.getItem(STORED);
    return apiKey === null ? null : { kind: "key", apiKey };
  } catch {
    return null; // storage is forbidden: the key then lives as long as the page
  }
}

/** From now on this browser may hold a person's cookie: somebody signs in, here or at an OpenID provider. */
export function expectPerson(): void {
  try {
    localStorage.setItem(PERSON_MARK, "1");
  } catch {
    // as above
  }
}

/** Whether it is worth asking for the session that a cookie opens; most who see the sign-in page have none. */
export function mayHavePerson(): boolean {
  try {
    return localStorage.getItem(PERSON_MARK) !== null;
  } catch {
    return true; // nothing can be kept here: only asking tells
  }
}

/** This browser's cookie opens nothing any more. */
export function forgetPerson(): void {
  try {
    localStorage.removeItem(PERSON_MARK);
  } catch {
    // as above
  }
}

let current: Session | null = storedKey();
let lastProblem: ApiProblem | null = null;

function become(session: Session | null): void {
  current = session;
  try {
    if (session?.kind === "key") sessionStorage.setItem(STORED, session.apiKey);
    else sessionStorage.removeItem(STORED);
  } catch {
    // as above
  }
  for (const listener of listeners) listener();
}

export function session(): Session | null {
  return current;
}

/** From now on every request is this caller's. */
export function beginSession(session: Session): void {
  lastProblem = null;
  if (session.kind === "person") expectPerson();
  become(session);
}

/** The caller has left. */
export function endSession(): void {
  lastProblem = null;
  if (current?.kind === "person") forgetPerson();
  become(null);
}

/** The server does not know the caller any more: the session is over, and the sign-in page says why. */
export function onUnauthenticated(problem: ApiProblem): void {
  if (current === null) return;
  lastProblem = problem;
  if (current.kind === "person") forgetPerson();
  become(null);
}

/** Why the last session ended, where nobody ended it on purpose. */
export function whySignedOut(): ApiProblem | null {
  return lastProblem;
}

/** Headers that tell the API who asks. A cookie goes by itself; its page proves itself by the token. */
export function credentialHeaders(): Record<string, string> {
  if (current === null) return {};
  return current.kind === "key" ? { Authorization: `Bearer ${current.apiKey}` } : { "X-CSRF-Token": current.csrfToken };
}

export function subscribe(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSession(): Session | null {
  return useSyncExternalStore(subscribe, session);
}
