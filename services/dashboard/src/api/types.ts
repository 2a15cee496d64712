/** Short names of the API's schemas. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Problem = Schemas["Problem"];
export type Me = Schemas["MeOut"];
export type Corpus = Schemas["CorpusOut"];
export type Document = Schemas["DocumentOut"];
export type TrainingJob = Schemas["TrainingJobOut"];
export type Estimate = Schemas["EstimateOut"];
export type JobState = TrainingJob["state"];
export type Cartridge = Schemas["CartridgeOut"];
export type CartridgeWithReport = Schemas["CartridgeWithReportOut"];
export type CartridgeStatus = Cartridge["status"];
export type ApiKey = Schemas["KeyOut"];
export type NewApiKey = Schemas["NewKeyOut"];
export type Scope = ApiKey["scopes"][number];
export type AuditEntry = Schemas["AuditEntryOut"];
export type Quota = Schemas["QuotaOut"];
export type DayUsage = Schemas["DayUsageOut"];
export type UsageKind = DayUsage["kind"];
export type Recipe = Schemas["Recipe"];
export type Stage = Schemas["StageOut"];
export type LossCurve = Schemas["LossCurveOut"];
export type LossPoint = Schemas["LossPointOut"];
export type JobEvent = Schemas["JobEventOut"];
export type Conversation = Schemas["ConversationOut"];
export type Residency = Schemas["ResidencyOut"];
export type ChatUsage = Schemas["ChatUsageOut"];
export type Considered = Schemas["ConsideredOut"];
export type SignedIn = Schemas["SessionOut"];
export type Member = Schemas["MemberOut"];
export type MemberRole = Member["role"];
export type Invitation = Schemas["InvitationOut"];
export type NewInvitation = Schemas["NewInvitationOut"];
export type Browser = Schemas["BrowserOut"];
export type CorpusVersion = Schemas["CorpusVersionOut"];
export type Upload = Schemas["UploadOut"];
