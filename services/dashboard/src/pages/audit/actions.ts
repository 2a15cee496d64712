import { formatBytes, formatCount, formatDuration } from "@/lib/format";

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

export interface Detail {
  name: string;
  /** As it is shown. */
  text: string;
  /** As it was recorded. */
  whole: string;
  isId: boolean;
}

const ID = /^[a-z]{3}_[0-9a-z]{20,}$/;
const DIGEST = /^[0-9a-f]{40,}$/;
const DIGEST_SHOWN = 12;

function textOf(name: string, value: unknown): string {
  if (typeof value === "number") {
    if (name.endsWith("_bytes")) return formatBytes(value);
    if (name.endsWith("_seconds")) return formatDuration(value);
    return formatCount(value);
  }
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value.length === 0 ? "none" : value.join(", ");
  if (typeof value !== "string") return value === null ? "none" : JSON.stringify(value);
  return DIGEST.test(value) ? `${value.slice(0, DIGEST_SHOWN)}…` : value;
}

/** `{name: "Handbook", size_bytes: 2048, corpus_id: "crp_…"}`: "name", "size" and "corpus", as people read them. */
export function detailsOf(details: Record<string, unknown>): Detail[] {
  return Object.entries(details).map(([name, value]) => ({
    name: name.replace(/_(id|bytes|seconds)$/, "").replaceAll("_", " "),
    text: textOf(name, value),
    whole: typeof value === "string" ? value : JSON.stringify(value),
    isId: typeof value === "string" && ID.test(value),
  }));
}
