/** Short names of the API's schemas. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Problem = Schemas["Problem"];
export type Me = Schemas["MeOut"];
export type Corpus = Schemas["CorpusOut"];
export type Document = Schemas["DocumentOut"];
export type TrainingJob = Schemas["TrainingJobOut"];
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
