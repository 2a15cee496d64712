/** What the api reports, by code, when the browser comes back from the OpenID provider without a session. */
const SENTENCES: Record<string, string> = {
  oidc_refused: "The provider did not say who you are: you declined, or its answer does not hold. Try again.",
  oidc_email_unverified: "The provider does not vouch for your e-mail address. Verify it there, then try again.",
  oidc_person_unknown: "You have no account here. Ask for an invitation, and sign in from its link.",
  oidc_unavailable: "The provider does not answer. Try again shortly, or sign in with a password.",
  invitation_invalid: "The invitation is not known, has expired, was revoked or was used. Ask for another.",
  invitation_of_another: "The invitation is for another address than that of your account at the provider.",
  member_exists: "You are in this tenant already: sign in without the invitation.",
  too_many_attempts: "There were too many attempts to sign in. Wait some minutes.",
};

export function providerError(code: string): string {
  return SENTENCES[code] ?? `The provider's answer could not be used (${code}). Try again.`;
}
