import { data, api } from "@/api/client";
import type { Me } from "@/api/types";
import { signIn } from "@/auth/session";

/** Sign in with a key if the server knows it. Rejects with the server's own words where it does not. */
export async function signInWithKey(apiKey: string): Promise<Me> {
  const me = await data(api.GET("/v1/me", { headers: { Authorization: `Bearer ${apiKey}` } }));
  signIn(apiKey);
  return me;
}
