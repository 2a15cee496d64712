/** Signing in and out, and choosing a tenant. Each rejects with the server's own words where it does not work. */
import { api, data } from "@/api/client";
import { ApiProblem } from "@/api/problems";
import type { Me, SignedIn } from "@/api/types";

import { beginSession, endSession, expectPerson, forgetPerson, mayHavePerson, session } from "./session";

export async function signInWithKey(apiKey: string): Promise<Me> {
  const me = await data(api.GET("/v1/me", { headers: { Authorization: `Bearer ${apiKey}` } }));
  beginSession({ kind: "key", apiKey });
  return me;
}

export async function signInWithPassword(email: string, password: string): Promise<void> {
  await enter(await data(api.POST("/v1/session", { body: { email, password } })));
}

/** Accept an invitation: with a password, or as whoever is signed in. */
export async function acceptInvitation(token: string, account?: { name?: string; password: string }): Promise<void> {
  await enter(await data(api.POST("/v1/invitations/accept", { body: { token, ...account } })));
}

/** Leave for the OpenID provider; the browser comes back to `returnTo`, a path of this dashboard. */
export async function leaveForProvider(returnTo: string, invitationToken?: string): Promise<void> {
  const body = { return_to: returnTo, invitation_token: invitationToken ?? null };
  const { authorization_url } = await data(api.POST("/v1/session/oidc", { body }));
  expectPerson();
  window.location.assign(authorization_url);
}

/** Find the session that the browser's cookie opens, once; nobody may be signed in. */
export function restoreSession(): Promise<void> {
  restoring ??= restore();
  return restoring;
}

let restoring: Promise<void> | undefined;

async function restore(): Promise<void> {
  if (session() !== null || !mayHavePerson()) return;
  try {
    await enter(await data(api.GET("/v1/session")));
  } catch (error) {
    // Not signed in; a server that is away says so when somebody signs in.
    if (!(error instanceof ApiProblem)) restoring = undefined;
    else if (error.status === 401) forgetPerson();
  }
}

export async function chooseTenant(tenantId: string): Promise<void> {
  await data(api.POST("/v1/session/tenant", { body: { tenant_id: tenantId } }));
}

/** Take the session over; a person who has not chosen a tenant gets its first. */
async function enter(signedIn: SignedIn): Promise<void> {
  beginSession({ kind: "person", csrfToken: signedIn.csrf_token });
  const [first] = signedIn.tenants;
  if (signedIn.tenant === null && first !== undefined) await chooseTenant(first.id);
}

export async function signOut(): Promise<void> {
  if (session()?.kind === "person") await data(api.DELETE("/v1/session"));
  endSession();
}
