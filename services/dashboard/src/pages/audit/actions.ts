/** Actions of the audit log in words. What is not listed is shown by its own name. */
export const ACTIONS: Record<string, string> = {
  "corpus.created": "Corpus created",
  "corpus.changed": "Corpus renamed",
  "corpus.deleted": "Corpus deleted",
  "document.created": "Document added",
  "document.uploaded": "Document uploaded",
  "document.deleted": "Document deleted",
  "training_job.created": "Training job started",
  "training_job.cancelled": "Training job cancelled",
  "cartridge.created": "Cartridge published",
  "cartridge.changed": "Cartridge changed",
  "cartridge.deleted": "Cartridge deleted",
  "key.created": "API key made",
  "key.rotated": "API key rotated",
  "key.revoked": "API key revoked",
  "member.joined": "Member joined",
  "member.changed": "Role changed",
  "member.removed": "Member removed",
  "invitation.created": "Invitation made",
  "invitation.revoked": "Invitation revoked",
  "session.created": "Signed in",
  "session.ended": "Signed out",
  "session.all_ended": "Signed out everywhere",
  "session.entered_tenant": "Tenant entered",
  "password.changed": "Password changed",
  "password.removed": "Password removed",
  "identity.linked": "Provider linked",
  "quota.set": "Quota set",
  "tenant.created": "Tenant created",
};

export function actionLabel(action: string): string {
  return ACTIONS[action] ?? action.replace(/[._]/g, " ");
}

/** The page of what was acted upon, where it has one. */
export function pageOf(id: string): string | null {
  const PAGES: Record<string, string> = { crp: "/corpora", job: "/jobs", ctg: "/cartridges" };
  const folder = PAGES[id.split("_", 1)[0] ?? ""];
  return folder === undefined ? null : `${folder}/${id}`;
}

/** `{name: "Handbook", size_bytes: 5}` as "name: Handbook, size bytes: 5". */
export function detailsText(details: Record<string, unknown>): string {
  return Object.entries(details)
    .map(([name, value]) => `${name.replace(/_/g, " ")}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}
