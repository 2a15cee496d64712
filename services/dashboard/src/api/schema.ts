// Generated from the OpenAPI document by `make dashboard-api`; do not edit.

export interface paths {
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is the process alive?
         * @description Answers as soon as the process does.
         */
        get: operations["healthz_healthz_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Can requests be served?
         * @description 200 when database, storage and inference answer, 503 naming what does not. Without inference all but chat works.
         */
        get: operations["readyz_readyz_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the audit log
         * @description Every change of the tenant's things, newest first. Nobody can change or delete an entry.
         */
        get: operations["list_audit_entries_v1_audit_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cartridges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List cartridges
         * @description The tenant's cartridges, newest first.
         */
        get: operations["list_cartridges_v1_cartridges_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cartridges/{cartridge_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a cartridge
         * @description One cartridge with its quality report. Its `ETag` is for `If-Match` of a change.
         */
        get: operations["get_cartridge_v1_cartridges__cartridge_id__get"];
        put?: never;
        post?: never;
        /**
         * Delete a cartridge
         * @description Delete a cartridge. Its file goes within seconds, unless another cartridge has the same bytes.
         */
        delete: operations["delete_cartridge_v1_cartridges__cartridge_id__delete"];
        options?: never;
        head?: never;
        /**
         * Rename or review a cartridge
         * @description Give a cartridge another name, or say after a look at its report that it is ready.
         */
        patch: operations["change_cartridge_v1_cartridges__cartridge_id__patch"];
        trace?: never;
    };
    "/v1/cartridges/{cartridge_id}/download": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download a cartridge
         * @description The cartridge's file, whose SHA-256 is its digest.
         */
        get: operations["download_cartridge_v1_cartridges__cartridge_id__download_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Chat, with or without cartridges
         * @description Answer with the corpora of the named cartridges before the model, in the order they are named.
         *
         *     An unmodified OpenAI client works: name the cartridge in `model`, or several in `extra_body={"cartridges": [...]}`.
         */
        post: operations["chat_v1_chat_completions_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/corpora": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List corpora
         * @description The tenant's corpora, newest first.
         */
        get: operations["list_corpora_v1_corpora_get"];
        put?: never;
        /**
         * Create a corpus
         * @description An empty corpus. Upload documents to it, then start a training job.
         */
        post: operations["create_corpus_v1_corpora_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/corpora/{corpus_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a corpus
         * @description One corpus with the number and size of its documents. Its `ETag` is for `If-Match` of a change.
         */
        get: operations["get_corpus_v1_corpora__corpus_id__get"];
        put?: never;
        post?: never;
        /**
         * Delete a corpus
         * @description Delete a corpus, its documents and its jobs. Cartridges that were trained from it stay.
         */
        delete: operations["delete_corpus_v1_corpora__corpus_id__delete"];
        options?: never;
        head?: never;
        /**
         * Rename a corpus
         * @description Give a corpus another name.
         */
        patch: operations["change_corpus_v1_corpora__corpus_id__patch"];
        trace?: never;
    };
    "/v1/corpora/{corpus_id}/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List documents
         * @description The documents of a corpus, newest first.
         */
        get: operations["list_documents_v1_corpora__corpus_id__documents_get"];
        put?: never;
        /**
         * Upload documents
         * @description Add text, Markdown or HTML files to a corpus: all of them, or none where one of them cannot be taken.
         */
        post: operations["upload_documents_v1_corpora__corpus_id__documents_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/corpora/{corpus_id}/documents/{document_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a document
         * @description Take one document out of a corpus.
         */
        delete: operations["delete_document_v1_corpora__corpus_id__documents__document_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List API keys
         * @description The tenant's keys, newest first; those that have ended are there too.
         */
        get: operations["list_keys_v1_keys_get"];
        put?: never;
        /**
         * Make an API key
         * @description The answer holds the key's text, this once.
         */
        post: operations["create_key_v1_keys_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an API key
         * @description One key, without its text.
         */
        get: operations["get_key_v1_keys__key_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key_id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke an API key
         * @description From now on the key opens nothing. Revoking twice changes nothing.
         */
        post: operations["revoke_key_v1_keys__key_id__revoke_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key_id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate an API key
         * @description Make a key with the same name, scopes and end; the old one works on for the time of grace.
         */
        post: operations["rotate_key_v1_keys__key_id__rotate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who am I?
         * @description The tenant and the key of this request, with what the key is good for.
         */
        get: operations["get_me_v1_me_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List models
         * @description The base model, and the tenant's newest 1000 cartridges.
         */
        get: operations["list_models_v1_models_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a model
         * @description One name of the list.
         */
        get: operations["get_model_v1_models__model_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/quotas": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List quotas
         * @description What the tenant may use, and how much of it is in use. The operator sets them.
         */
        get: operations["list_quotas_v1_quotas_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/training-jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List training jobs
         * @description The tenant's training jobs, newest first.
         */
        get: operations["list_training_jobs_v1_training_jobs_get"];
        put?: never;
        /**
         * Start a training job
         * @description Queue the training of a cartridge from a corpus. Follow it by its events.
         */
        post: operations["create_training_job_v1_training_jobs_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/training-jobs/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a training job
         * @description One training job as it stands.
         */
        get: operations["get_training_job_v1_training_jobs__job_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/training-jobs/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a training job
         * @description A queued job is cancelled at once; a running one stops within seconds. Cancelling twice changes nothing.
         */
        post: operations["cancel_training_job_v1_training_jobs__job_id__cancel_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/training-jobs/{job_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a training job
         * @description What has happened and what happens, without a hole: reconnect with the last `id` that arrived.
         */
        get: operations["follow_training_job_v1_training_jobs__job_id__events_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read usage
         * @description What the tenant has used, by day (UTC) and kind. Each token and each second is counted once.
         */
        get: operations["get_usage_v1_usage_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Alive */
        Alive: {
            /**
             * Status
             * @default ok
             * @constant
             */
            status: "ok";
        };
        /** AnswerMessage */
        AnswerMessage: {
            /** Content */
            content: string;
            /** Refusal */
            refusal?: null;
            /**
             * Role
             * @default assistant
             * @constant
             */
            role: "assistant";
        };
        /**
         * AuditEntryOut
         * @description One change.
         * @example {
         *       "action": "corpus.created",
         *       "actor": "key",
         *       "actor_id": "key_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "details": {
         *         "name": "Handbook 2026"
         *       },
         *       "id": "aud_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "object": "audit_entry",
         *       "request_id": "3f2b8c1e9a4d4f5f8a6b7c8d9e0f1a2b",
         *       "target_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3"
         *     }
         */
        AuditEntryOut: {
            /**
             * Action
             * @description What was done to what, such as `corpus.created`.
             */
            action: string;
            /**
             * Actor
             * @description `key`, `operator` or `trainer`.
             */
            actor: string;
            /**
             * Actor Id
             * @description The key's id, or the job's where the trainer acted.
             */
            actor_id: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Details */
            details: {
                [key: string]: unknown;
            };
            /** Id */
            id: string;
            /**
             * Object
             * @default audit_entry
             * @constant
             */
            object: "audit_entry";
            /**
             * Request Id
             * @description Names the request in the logs.
             */
            request_id: string | null;
            /** Target Id */
            target_id: string;
        };
        /**
         * CartridgeChangeIn
         * @description What is left out stays as it is.
         * @example {
         *       "name": "Handbook, reviewed",
         *       "status": "ready"
         *     }
         */
        CartridgeChangeIn: {
            /** Name */
            name?: string | null;
            status?: components["schemas"]["CartridgeStatus"] | null;
        };
        /**
         * CartridgeOut
         * @description A trained cartridge. `model` is what a chat request names.
         * @example {
         *       "base_model": "smollm2-135m",
         *       "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "created_at": "2026-11-24T09:10:00Z",
         *       "digest": "9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f",
         *       "id": "ctg_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "job_id": "job_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "model": "smollm2-135m:ctg_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "name": "Handbook, first try",
         *       "object": "cartridge",
         *       "size_bytes": 11796480,
         *       "status": "ready",
         *       "tokens": 256
         *     }
         */
        CartridgeOut: {
            /** Base Model */
            base_model: string;
            /** Corpus Id */
            corpus_id: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Digest
             * @description SHA-256 of the file.
             */
            digest: string;
            /** Id */
            id: string;
            /** Job Id */
            job_id: string;
            /** Model */
            model: string;
            /** Name */
            name: string;
            /**
             * Object
             * @default cartridge
             * @constant
             */
            object: "cartridge";
            /**
             * Size Bytes
             * @description Bytes of the file.
             */
            size_bytes: number;
            /** @description `needs_review` where quality is under the recipe's threshold. */
            status: components["schemas"]["CartridgeStatus"];
            /**
             * Tokens
             * @description Prefix positions.
             */
            tokens: number;
        };
        /**
         * CartridgeStatus
         * @enum {string}
         */
        CartridgeStatus: "ready" | "needs_review";
        /**
         * CartridgeWithReportOut
         * @description A cartridge with its quality report.
         * @example {
         *       "base_model": "smollm2-135m",
         *       "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "created_at": "2026-11-24T09:10:00Z",
         *       "digest": "9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f",
         *       "id": "ctg_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "job_id": "job_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "model": "smollm2-135m:ctg_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "name": "Handbook, first try",
         *       "object": "cartridge",
         *       "report": {
         *         "gap_closed": 0.78,
         *         "kv_ratio": 22.4
         *       },
         *       "size_bytes": 11796480,
         *       "status": "ready",
         *       "tokens": 256
         *     }
         */
        CartridgeWithReportOut: {
            /** Base Model */
            base_model: string;
            /** Corpus Id */
            corpus_id: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Digest
             * @description SHA-256 of the file.
             */
            digest: string;
            /** Id */
            id: string;
            /** Job Id */
            job_id: string;
            /** Model */
            model: string;
            /** Name */
            name: string;
            /**
             * Object
             * @default cartridge
             * @constant
             */
            object: "cartridge";
            /**
             * Report
             * @description Quality against no context and ICL, and what the training took.
             */
            report: {
                [key: string]: unknown;
            };
            /**
             * Size Bytes
             * @description Bytes of the file.
             */
            size_bytes: number;
            /** @description `needs_review` where quality is under the recipe's threshold. */
            status: components["schemas"]["CartridgeStatus"];
            /**
             * Tokens
             * @description Prefix positions.
             */
            tokens: number;
        };
        /**
         * ChatIn
         * @description OpenAI's request. Fields of theirs that are not listed here are refused by name, not ignored.
         * @example {
         *       "max_tokens": 64,
         *       "messages": [
         *         {
         *           "content": "Who founded the project?",
         *           "role": "user"
         *         }
         *       ],
         *       "model": "smollm2-135m:ctg_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "temperature": 0
         *     }
         */
        ChatIn: {
            /**
             * Cartridges
             * @description Cartridges before the prompt, in this order, after the model's own.
             * @default []
             */
            cartridges: string[];
            /**
             * Frequency Penalty
             * @description Only 0.
             */
            frequency_penalty?: number | null;
            /** Logprobs */
            logprobs?: boolean | null;
            /**
             * Max Completion Tokens
             * @description Newer name of `max_tokens`.
             */
            max_completion_tokens?: number | null;
            /**
             * Max Tokens
             * @description Longest answer; default 512.
             */
            max_tokens?: number | null;
            /** Messages */
            messages: components["schemas"]["ChatMessageIn"][];
            /**
             * Metadata
             * @description Taken for compatibility.
             */
            metadata?: {
                [key: string]: unknown;
            } | null;
            /**
             * Model
             * @description `<base>` or `<base>:<cartridge id>`.
             */
            model: string;
            /**
             * N
             * @description Only 1.
             */
            n?: number | null;
            /**
             * Presence Penalty
             * @description Only 0.
             */
            presence_penalty?: number | null;
            /** Seed */
            seed?: number | null;
            /** Stop */
            stop?: string | string[] | null;
            /** Stream */
            stream?: boolean | null;
            stream_options?: components["schemas"]["StreamOptions"] | null;
            /**
             * Temperature
             * @description Default 1; 0 is greedy.
             */
            temperature?: number | null;
            /** Top Logprobs */
            top_logprobs?: number | null;
            /** Top P */
            top_p?: number | null;
            /**
             * User
             * @description Taken for compatibility.
             */
            user?: string | null;
        } & {
            [key: string]: unknown;
        };
        /** ChatMessageIn */
        ChatMessageIn: {
            /**
             * Content
             * @description Text, or parts of type `text`.
             */
            content: string | components["schemas"]["TextPart"][];
            /**
             * Name
             * @description Taken for compatibility, not shown to the model.
             */
            name?: string | null;
            /**
             * Role
             * @enum {string}
             */
            role: "system" | "developer" | "user" | "assistant";
        };
        /**
         * ChatOut
         * @description A whole answer.
         */
        ChatOut: {
            /** Cartridges */
            cartridges: string[];
            /** Choices */
            choices: components["schemas"]["Choice"][];
            /** Created */
            created: number;
            /** Id */
            id: string;
            /** Model */
            model: string;
            /**
             * Object
             * @default chat.completion
             * @constant
             */
            object: "chat.completion";
            usage: components["schemas"]["services__api__chat__schemas__UsageOut"];
        };
        /** Choice */
        Choice: {
            /** Finish Reason */
            finish_reason: string;
            /**
             * Index
             * @default 0
             */
            index: number;
            logprobs?: components["schemas"]["Logprobs"] | null;
            message: components["schemas"]["AnswerMessage"];
        };
        /**
         * CorpusIn
         * @example {
         *       "name": "Handbook 2026"
         *     }
         */
        CorpusIn: {
            /** Name */
            name: string;
        };
        /**
         * CorpusOut
         * @description Documents that one cartridge can be trained on.
         * @example {
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "documents": 2,
         *       "id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "name": "Handbook 2026",
         *       "object": "corpus",
         *       "size_bytes": 48213
         *     }
         */
        CorpusOut: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Documents */
            documents: number;
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Object
             * @default corpus
             * @constant
             */
            object: "corpus";
            /** Size Bytes */
            size_bytes: number;
        };
        /**
         * DayUsageOut
         * @description What was used of one kind on one day.
         */
        DayUsageOut: {
            /** Amount */
            amount: number;
            /**
             * Day
             * Format: date
             * @description In UTC.
             */
            day: string;
            /** @description `requests` to chat; `prompt_tokens`, `cartridge_tokens` and `completion_tokens` of answers; `synthesis_tokens` that self-study generated; `gpu_seconds` in which jobs held a worker. */
            kind: components["schemas"]["Kind"];
        };
        /**
         * DocumentOut
         * @description One uploaded file. Its text is kept as UTF-8; `size_bytes` and `sha256` are those of what is kept.
         * @example {
         *       "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "id": "doc_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "media_type": "text/markdown",
         *       "name": "travel-policy.md",
         *       "object": "document",
         *       "sha256": "9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f",
         *       "size_bytes": 18211
         *     }
         */
        DocumentOut: {
            /** Corpus Id */
            corpus_id: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Id */
            id: string;
            /** Media Type */
            media_type: string;
            /** Name */
            name: string;
            /**
             * Object
             * @default document
             * @constant
             */
            object: "document";
            /** Sha256 */
            sha256: string;
            /** Size Bytes */
            size_bytes: number;
        };
        /**
         * EvaluationQuestion
         * @description A held-out question about the corpus, with its answer and options of the same kind.
         */
        EvaluationQuestion: {
            /** Answer */
            answer: string;
            /**
             * Distractors
             * @default []
             */
            distractors: string[];
            /** Question */
            question: string;
        };
        /** EvaluationSettings */
        EvaluationSettings: {
            /**
             * Held Out Conversations
             * @description Synthesized apart, never trained on.
             * @default 32
             */
            held_out_conversations: number;
            /**
             * Min Gap Closed
             * @description A cartridge that closes less of the gap is published as needs_review.
             * @default 0
             */
            min_gap_closed: number;
            /**
             * Questions
             * @default []
             */
            questions: components["schemas"]["EvaluationQuestion"][];
        };
        /**
         * FieldError
         * @description What is wrong with one field of a request.
         */
        FieldError: {
            /**
             * Field
             * @description Where the field stands, such as `body.recipe.training.steps`.
             */
            field: string;
            /** Message */
            message: string;
        };
        /**
         * Initialization
         * @description Where the keys and values of a cartridge start from.
         * @enum {string}
         */
        Initialization: "attention_matching" | "first_tokens" | "sampled_chunks" | "text" | "random";
        /** InitializationSettings */
        InitializationSettings: {
            /**
             * Freeze First Token
             * @description Keep the first position, the attention sink, as the model made it.
             * @default true
             */
            freeze_first_token: boolean;
            /**
             * @description The corpus's KV compacted in closed form (attention_matching), KV of its first tokens, of sampled chunks, of a given text, or random vectors.
             * @default first_tokens
             */
            kind: components["schemas"]["Initialization"];
            /**
             * Reference Rows
             * @description Rows whose queries attention_matching serves.
             * @default 256
             */
            reference_rows: number;
            /**
             * Ridge
             * @description How strongly attention_matching holds values to the model's own.
             * @default 0.001
             */
            ridge: number;
            /**
             * Text
             * @description The text whose KV to take, for `text`.
             */
            text?: string | null;
        };
        /**
         * JobState
         * @enum {string}
         */
        JobState: "queued" | "running" | "succeeded" | "failed" | "cancelled";
        /**
         * KeyIn
         * @example {
         *       "name": "nightly import",
         *       "scopes": [
         *         "read",
         *         "write"
         *       ]
         *     }
         */
        KeyIn: {
            /**
             * Expires At
             * @description When the key stops to work. Default: never.
             */
            expires_at?: string | null;
            /** Name */
            name: string;
            /**
             * Scopes
             * @description `read`: look at things; `write`: make, change and delete them; `query`: chat; `admin`: keys, audit log, usage. None includes another.
             * @default [
             *       "read",
             *       "write",
             *       "query"
             *     ]
             */
            scopes: components["schemas"]["Scope"][];
        };
        /**
         * KeyOut
         * @description An API key; its text was shown when it was made.
         * @example {
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "id": "key_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "last_used_at": "2026-11-24T09:30:00Z",
         *       "name": "nightly import",
         *       "object": "api_key",
         *       "prefix": "bq4mxw7k2h",
         *       "scopes": [
         *         "read",
         *         "write"
         *       ],
         *       "status": "active"
         *     }
         */
        KeyOut: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /** Id */
            id: string;
            /**
             * Last Used At
             * @description To within a minute.
             */
            last_used_at: string | null;
            /** Name */
            name: string;
            /**
             * Object
             * @default api_key
             * @constant
             */
            object: "api_key";
            /**
             * Prefix
             * @description The ten characters after `ck_`.
             */
            prefix: string;
            /**
             * Replaces
             * @description The key that was rotated into this one.
             */
            replaces: string | null;
            /** Revoked At */
            revoked_at: string | null;
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
            /**
             * Status
             * @enum {string}
             */
            status: "active" | "expired" | "revoked";
        };
        /**
         * Kind
         * @description What is counted: tokens, requests, or seconds in which a job holds a worker.
         * @enum {string}
         */
        Kind: "requests" | "prompt_tokens" | "cartridge_tokens" | "completion_tokens" | "synthesis_tokens" | "gpu_seconds";
        /** ListOut[AuditEntryOut] */
        ListOut_AuditEntryOut_: {
            /** Data */
            data: components["schemas"]["AuditEntryOut"][];
            /**
             * Has More
             * @description Whether older items follow.
             */
            has_more: boolean;
            /**
             * Next Cursor
             * @description Give it as `cursor` to read on.
             */
            next_cursor?: string | null;
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        };
        /** ListOut[CartridgeOut] */
        ListOut_CartridgeOut_: {
            /** Data */
            data: components["schemas"]["CartridgeOut"][];
            /**
             * Has More
             * @description Whether older items follow.
             */
            has_more: boolean;
            /**
             * Next Cursor
             * @description Give it as `cursor` to read on.
             */
            next_cursor?: string | null;
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        };
        /** ListOut[CorpusOut] */
        ListOut_CorpusOut_: {
            /** Data */
            data: components["schemas"]["CorpusOut"][];
            /**
             * Has More
             * @description Whether older items follow.
             */
            has_more: boolean;
            /**
             * Next Cursor
             * @description Give it as `cursor` to read on.
             */
            next_cursor?: string | null;
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        };
        /** ListOut[DocumentOut] */
        ListOut_DocumentOut_: {
            /** Data */
            data: components["schemas"]["DocumentOut"][];
            /**
             * Has More
             * @description Whether older items follow.
             */
            has_more: boolean;
            /**
             * Next Cursor
             * @description Give it as `cursor` to read on.
             */
            next_cursor?: string | null;
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        };
        /** ListOut[KeyOut] */
        ListOut_KeyOut_: {
            /** Data */
            data: components["schemas"]["KeyOut"][];
            /**
             * Has More
             * @description Whether older items follow.
             */
            has_more: boolean;
            /**
             * Next Cursor
             * @description Give it as `cursor` to read on.
             */
            next_cursor?: string | null;
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        };
        /** ListOut[TrainingJobOut] */
        ListOut_TrainingJobOut_: {
            /** Data */
            data: components["schemas"]["TrainingJobOut"][];
            /**
             * Has More
             * @description Whether older items follow.
             */
            has_more: boolean;
            /**
             * Next Cursor
             * @description Give it as `cursor` to read on.
             */
            next_cursor?: string | null;
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        };
        /** Logprobs */
        Logprobs: {
            /** Content */
            content: components["schemas"]["TokenLogprob"][];
        };
        /**
         * LossWeighting
         * @description How much each answer token of a conversation counts in context distillation.
         * @enum {string}
         */
        LossWeighting: "context_gain" | "uniform";
        /**
         * Me
         * @description The tenant that a key belongs to, and the key.
         */
        MeOut: {
            key: components["schemas"]["KeyOut"];
            tenant: components["schemas"]["TenantOut"];
        };
        /**
         * ModelOut
         * @description A name that `model` takes in a chat request.
         * @example {
         *       "created": 1795510800,
         *       "id": "smollm2-135m:ctg_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "object": "model",
         *       "owned_by": "ten_01j9z3k4m5n6p7q8r9s0t1v2w3"
         *     }
         */
        ModelOut: {
            /** Created */
            created: number;
            /** Id */
            id: string;
            /**
             * Object
             * @default model
             * @constant
             */
            object: "model";
            /** Owned By */
            owned_by: string;
        };
        /** ModelsOut */
        ModelsOut: {
            /** Data */
            data: components["schemas"]["ModelOut"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        };
        /**
         * NewKeyOut
         * @description An API key just made, with its text: keep it, it is not shown again.
         * @example {
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "id": "key_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "key": "ck_bq4mxw7k2h_3kX...",
         *       "last_used_at": "2026-11-24T09:30:00Z",
         *       "name": "nightly import",
         *       "object": "api_key",
         *       "prefix": "bq4mxw7k2h",
         *       "scopes": [
         *         "read",
         *         "write"
         *       ],
         *       "status": "active"
         *     }
         */
        NewKeyOut: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /** Id */
            id: string;
            /** Key */
            key: string;
            /**
             * Last Used At
             * @description To within a minute.
             */
            last_used_at: string | null;
            /** Name */
            name: string;
            /**
             * Object
             * @default api_key
             * @constant
             */
            object: "api_key";
            /**
             * Prefix
             * @description The ten characters after `ck_`.
             */
            prefix: string;
            /**
             * Replaces
             * @description The key that was rotated into this one.
             */
            replaces: string | null;
            /** Revoked At */
            revoked_at: string | null;
            /** Scopes */
            scopes: components["schemas"]["Scope"][];
            /**
             * Status
             * @enum {string}
             */
            status: "active" | "expired" | "revoked";
        };
        /**
         * Objective
         * @description What training minimises.
         * @enum {string}
         */
        Objective: "context_distillation" | "next_token";
        /**
         * OpenAIError
         * @description The same problem in the form that OpenAI's clients read.
         */
        OpenAIError: {
            /** Code */
            code: string;
            /** Message */
            message: string;
            /**
             * Param
             * @default null
             */
            param: string | null;
            /** Type */
            type: string;
        };
        /**
         * Problem
         * @description An error answer (RFC 9457).
         */
        Problem: {
            /**
             * Code
             * @description Stable and machine readable.
             */
            code: string;
            /**
             * Detail
             * @description What is wrong with this request and what to do about it.
             */
            detail: string;
            error: components["schemas"]["OpenAIError"];
            /**
             * Errors
             * @description One entry for each invalid field.
             * @default null
             */
            errors: components["schemas"]["FieldError"][] | null;
            /**
             * Instance
             * @description The path that was asked for.
             */
            instance: string;
            /**
             * Request Id
             * @description Names this request in the logs.
             * @default null
             */
            request_id: string | null;
            /** Status */
            status: number;
            /**
             * Title
             * @description What kind of problem this is, for people.
             */
            title: string;
            /**
             * Type
             * @description A URN that ends with `code`.
             */
            type: string;
        };
        /** PromptTokensDetails */
        PromptTokensDetails: {
            /**
             * Cached Tokens
             * @description Tokens of the cartridges, which nothing had to be computed for.
             */
            cached_tokens: number;
        };
        /**
         * Quota
         * @description Amounts that a tenant holds at a time, or uses within the time that the name says.
         * @enum {string}
         */
        Quota: "bytes" | "corpora" | "cartridges" | "concurrent_jobs" | "gpu_seconds_month" | "tokens_minute" | "requests_minute";
        /**
         * QuotaOut
         * @description One quota; `used` is null for those by the minute, which come with every answer's `RateLimit` header.
         */
        QuotaOut: {
            /** Limit */
            limit: number;
            name: components["schemas"]["Quota"];
            /** Used */
            used: number | null;
        };
        /** Quotas */
        QuotasOut: {
            /** Data */
            data: components["schemas"]["QuotaOut"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        };
        /**
         * Readiness
         * @description Each part that the api needs.
         */
        Readiness: {
            /**
             * Database
             * @description Postgres answers and has the tables.
             * @default ready
             * @constant
             */
            database: "ready";
            /**
             * Inference
             * @description The base model answers.
             * @default ready
             * @constant
             */
            inference: "ready";
            /**
             * Status
             * @default ready
             * @constant
             */
            status: "ready";
            /**
             * Storage
             * @description The bucket answers.
             * @default ready
             * @constant
             */
            storage: "ready";
        };
        /**
         * Recipe
         * @description What to make from a corpus. Every default is the product's own choice.
         */
        Recipe: {
            /**
             * Cartridge Tokens
             * @description Prefix positions p of the cartridge.
             * @default 256
             */
            cartridge_tokens: number;
            /**
             * @default {
             *       "held_out_conversations": 32,
             *       "min_gap_closed": 0,
             *       "questions": []
             *     }
             */
            evaluation: components["schemas"]["EvaluationSettings"];
            /**
             * @default {
             *       "freeze_first_token": true,
             *       "kind": "first_tokens",
             *       "reference_rows": 256,
             *       "ridge": 0.001
             *     }
             */
            initialization: components["schemas"]["InitializationSettings"];
            /**
             * Seed
             * @default 0
             */
            seed: number;
            /**
             * @default {
             *       "answer_max_tokens": 64,
             *       "answer_temperature": 0.3,
             *       "batch_rows": 64,
             *       "chunk_max_tokens": 256,
             *       "chunk_min_tokens": 48,
             *       "conversations": 512,
             *       "general_answers": 0,
             *       "generic_answers": 0,
             *       "generic_temperature": 0.8,
             *       "min_teacher_logprob": -2.5,
             *       "one_paragraph": false,
             *       "question_max_tokens": 48,
             *       "question_temperature": 0.8,
             *       "recitation_kind": "drawn",
             *       "recitations": 512,
             *       "seed_prompt_kinds": [
             *         "structuring",
             *         "summarization",
             *         "question",
             *         "use_case",
             *         "creative"
             *       ],
             *       "shard_conversations": 128,
             *       "span_questions": 0,
             *       "top_k": 20
             *     }
             */
            self_study: components["schemas"]["SelfStudySettings"];
            /**
             * @default {
             *       "accumulation": 1,
             *       "batch_tokens": 1024,
             *       "checkpoint_every": 50,
             *       "final_learning_rate_share": 0.05,
             *       "gradient_clip": 1,
             *       "learning_rate": 0.02,
             *       "max_row_tokens": 512,
             *       "objective": "context_distillation",
             *       "steps": 300,
             *       "warmup_steps": 20,
             *       "weight_cap": 4,
             *       "weight_floor": 0.1,
             *       "weighting": "uniform"
             *     }
             */
            training: components["schemas"]["TrainingSettings"];
        };
        /**
         * RecitationKind
         * @description How recitations are made: drawn at random from chunks, or one for every fact of the corpus before any comes again.
         * @enum {string}
         */
        RecitationKind: "drawn" | "facts";
        /**
         * RotationIn
         * @example {
         *       "grace_seconds": 3600
         *     }
         */
        RotationIn: {
            /**
             * Grace Seconds
             * @description How long the old key works on, so that its users can change over.
             * @default 86400
             */
            grace_seconds: number;
        };
        /**
         * Scope
         * @description What a key is good for. None includes another, though whoever may make keys can give them any scope.
         * @enum {string}
         */
        Scope: "read" | "write" | "query" | "admin";
        /**
         * SeedPromptKind
         * @description The five kinds of seed prompt of self-study (arXiv 2506.06266, section 4.1).
         * @enum {string}
         */
        SeedPromptKind: "structuring" | "summarization" | "question" | "use_case" | "creative";
        /** SelfStudySettings */
        SelfStudySettings: {
            /**
             * Answer Max Tokens
             * @description Longest answer the second agent writes.
             * @default 64
             */
            answer_max_tokens: number;
            /**
             * Answer Temperature
             * @default 0.3
             */
            answer_temperature: number;
            /**
             * Batch Rows
             * @description Conversations decoded at once.
             * @default 64
             */
            batch_rows: number;
            /**
             * Chunk Max Tokens
             * @description Largest chunk shown to the teacher.
             * @default 256
             */
            chunk_max_tokens: number;
            /**
             * Chunk Min Tokens
             * @description Smallest chunk shown to the teacher.
             * @default 48
             */
            chunk_min_tokens: number;
            /**
             * Conversations
             * @description How many conversations the two agents hold.
             * @default 512
             */
            conversations: number;
            /**
             * General Answers
             * @description How many requests that have nothing to do with the corpus the model answers without it, so that the cartridge leaves such answers alone.
             * @default 0
             */
            general_answers: number;
            /**
             * Generic Answers
             * @description How many answers are written to ready-made requests about a chunk.
             * @default 0
             */
            generic_answers: number;
            /**
             * Generic Temperature
             * @default 0.8
             */
            generic_temperature: number;
            /**
             * Min Teacher Logprob
             * @description A recitation that the teacher finds less likely (mean nats a token) is left out.
             * @default -2.5
             */
            min_teacher_logprob: number;
            /**
             * One Paragraph
             * @description Show the teacher one paragraph at a time.
             * @default false
             */
            one_paragraph: boolean;
            /**
             * Question Max Tokens
             * @description Longest question the first agent writes.
             * @default 48
             */
            question_max_tokens: number;
            /**
             * Question Temperature
             * @default 0.8
             */
            question_temperature: number;
            /**
             * @description Random sentences, gaps and names, answered by the bare words; or every fact of the corpus in turn, answered as a reply.
             * @default drawn
             */
            recitation_kind: components["schemas"]["RecitationKind"];
            /**
             * Recitations
             * @description How many answers are read from the corpus instead of written.
             * @default 512
             */
            recitations: number;
            /**
             * Seed Prompt Kinds
             * @description Kinds of seed prompt, drawn evenly.
             * @default [
             *       "structuring",
             *       "summarization",
             *       "question",
             *       "use_case",
             *       "creative"
             *     ]
             */
            seed_prompt_kinds: components["schemas"]["SeedPromptKind"][];
            /**
             * Shard Conversations
             * @description Conversations a stored shard holds.
             * @default 128
             */
            shard_conversations: number;
            /**
             * Span Questions
             * @description How many questions are written for given spans; kept where the teacher answers with the span.
             * @default 0
             */
            span_questions: number;
            /**
             * Top K
             * @description Teacher log-probabilities kept at each answer token.
             * @default 20
             */
            top_k: number;
        };
        /** UsageOut */
        services__api__chat__schemas__UsageOut: {
            /** Completion Tokens */
            completion_tokens: number;
            /**
             * Kv Bytes
             * @description KV cache that the request held at its end.
             */
            kv_bytes: number;
            /**
             * Prompt Tokens
             * @description Cartridges included.
             */
            prompt_tokens: number;
            prompt_tokens_details: components["schemas"]["PromptTokensDetails"];
            /** Seconds To First Token */
            seconds_to_first_token: number;
            /** Total Tokens */
            total_tokens: number;
        };
        /**
         * Usage
         * @description Use by day and kind, oldest day first; what was not used has no entry.
         * @example {
         *       "data": [
         *         {
         *           "amount": 5120,
         *           "day": "2026-11-24",
         *           "kind": "completion_tokens"
         *         }
         *       ],
         *       "first_day": "2026-11-01",
         *       "last_day": "2026-11-30",
         *       "object": "usage"
         *     }
         */
        services__api__usage__endpoints__UsageOut: {
            /** Data */
            data: components["schemas"]["DayUsageOut"][];
            /**
             * First Day
             * Format: date
             */
            first_day: string;
            /**
             * Last Day
             * Format: date
             */
            last_day: string;
            /**
             * Object
             * @default usage
             * @constant
             */
            object: "usage";
        };
        /** StreamOptions */
        StreamOptions: {
            /**
             * Include Usage
             * @default false
             */
            include_usage: boolean;
        };
        /** TenantOut */
        TenantOut: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Object
             * @default tenant
             * @constant
             */
            object: "tenant";
        };
        /** TextPart */
        TextPart: {
            /** Text */
            text: string;
            /**
             * Type
             * @constant
             */
            type: "text";
        };
        /** TokenLogprob */
        TokenLogprob: {
            /** Bytes */
            bytes: number[] | null;
            /** Logprob */
            logprob: number;
            /** Token */
            token: string;
            /** Top Logprobs */
            top_logprobs: components["schemas"]["TopLogprob"][];
        };
        /** TopLogprob */
        TopLogprob: {
            /** Bytes */
            bytes: number[] | null;
            /** Logprob */
            logprob: number;
            /** Token */
            token: string;
        };
        /**
         * TrainingJobIn
         * @example {
         *       "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "name": "Handbook, first try",
         *       "recipe": {
         *         "cartridge_tokens": 256,
         *         "training": {
         *           "steps": 300
         *         }
         *       }
         *     }
         */
        TrainingJobIn: {
            /**
             * Base Model
             * @description Must be the model that is served here.
             */
            base_model?: string | null;
            /** Corpus Id */
            corpus_id: string;
            /**
             * Name
             * @description Default: the corpus's name.
             */
            name?: string | null;
            /**
             * @description What to make; every setting has a default.
             * @default {
             *       "cartridge_tokens": 256,
             *       "evaluation": {
             *         "held_out_conversations": 32,
             *         "min_gap_closed": 0,
             *         "questions": []
             *       },
             *       "initialization": {
             *         "freeze_first_token": true,
             *         "kind": "first_tokens",
             *         "reference_rows": 256,
             *         "ridge": 0.001
             *       },
             *       "seed": 0,
             *       "self_study": {
             *         "answer_max_tokens": 64,
             *         "answer_temperature": 0.3,
             *         "batch_rows": 64,
             *         "chunk_max_tokens": 256,
             *         "chunk_min_tokens": 48,
             *         "conversations": 512,
             *         "general_answers": 0,
             *         "generic_answers": 0,
             *         "generic_temperature": 0.8,
             *         "min_teacher_logprob": -2.5,
             *         "one_paragraph": false,
             *         "question_max_tokens": 48,
             *         "question_temperature": 0.8,
             *         "recitation_kind": "drawn",
             *         "recitations": 512,
             *         "seed_prompt_kinds": [
             *           "structuring",
             *           "summarization",
             *           "question",
             *           "use_case",
             *           "creative"
             *         ],
             *         "shard_conversations": 128,
             *         "span_questions": 0,
             *         "top_k": 20
             *       },
             *       "training": {
             *         "accumulation": 1,
             *         "batch_tokens": 1024,
             *         "checkpoint_every": 50,
             *         "final_learning_rate_share": 0.05,
             *         "gradient_clip": 1,
             *         "learning_rate": 0.02,
             *         "max_row_tokens": 512,
             *         "objective": "context_distillation",
             *         "steps": 300,
             *         "warmup_steps": 20,
             *         "weight_cap": 4,
             *         "weight_floor": 0.1,
             *         "weighting": "uniform"
             *       }
             *     }
             */
            recipe: components["schemas"]["Recipe"];
        };
        /**
         * TrainingJobOut
         * @description A training job as it stands.
         * @example {
         *       "attempt": 1,
         *       "base_model": "smollm2-135m",
         *       "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "desired_state": "run",
         *       "id": "job_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "name": "Handbook, first try",
         *       "object": "training_job",
         *       "progress": {
         *         "current": {
         *           "loss": 1.31,
         *           "stage": "train",
         *           "step": 120,
         *           "steps": 300
         *         }
         *       },
         *       "recipe": {
         *         "cartridge_tokens": 256
         *       },
         *       "request_id": "3f2b8c1e9a4d4f5f8a6b7c8d9e0f1a2b",
         *       "stage": "train",
         *       "started_at": "2026-11-24T09:00:01Z",
         *       "state": "running"
         *     }
         */
        TrainingJobOut: {
            /**
             * Attempt
             * @description How often the job was begun; more than 1 after a worker was lost.
             */
            attempt: number;
            /** Base Model */
            base_model: string;
            /** Cartridge Id */
            cartridge_id: string | null;
            /** Corpus Id */
            corpus_id: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Desired State
             * @enum {string}
             */
            desired_state: "run" | "cancel";
            /** Error Code */
            error_code: string | null;
            /** Error Detail */
            error_detail: string | null;
            /** Finished At */
            finished_at: string | null;
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Object
             * @default training_job
             * @constant
             */
            object: "training_job";
            /** Progress */
            progress: {
                [key: string]: unknown;
            };
            /** Recipe */
            recipe: {
                [key: string]: unknown;
            };
            /**
             * Request Id
             * @description Names the request that ordered the job, in the logs too.
             */
            request_id: string | null;
            /** Stage */
            stage: string | null;
            /** Started At */
            started_at: string | null;
            state: components["schemas"]["JobState"];
        };
        /** TrainingSettings */
        TrainingSettings: {
            /**
             * Accumulation
             * @description Forward passes per optimizer step.
             * @default 1
             */
            accumulation: number;
            /**
             * Batch Tokens
             * @description Padded tokens in one forward pass.
             * @default 1024
             */
            batch_tokens: number;
            /**
             * Checkpoint Every
             * @description Steps between checkpoints.
             * @default 50
             */
            checkpoint_every: number;
            /**
             * Final Learning Rate Share
             * @description Where the cosine schedule ends.
             * @default 0.05
             */
            final_learning_rate_share: number;
            /**
             * Gradient Clip
             * @description Largest global gradient norm.
             * @default 1
             */
            gradient_clip: number;
            /**
             * Learning Rate
             * @description Peak step size, relative to the RMS of each layer's keys and values.
             * @default 0.02
             */
            learning_rate: number;
            /**
             * Max Row Tokens
             * @description Longer conversations are cut here.
             * @default 512
             */
            max_row_tokens: number;
            /** @default context_distillation */
            objective: components["schemas"]["Objective"];
            /**
             * Steps
             * @description Optimizer steps.
             * @default 300
             */
            steps: number;
            /**
             * Warmup Steps
             * @default 20
             */
            warmup_steps: number;
            /**
             * Weight Cap
             * @description Largest context gain that counts, nats.
             * @default 4
             */
            weight_cap: number;
            /**
             * Weight Floor
             * @description Added to every token's context gain.
             * @default 0.1
             */
            weight_floor: number;
            /**
             * @description Answer tokens count by what the chunk changes about them, KL(teacher || no context), or alike.
             * @default uniform
             */
            weighting: components["schemas"]["LossWeighting"];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    healthz_healthz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Alive"];
                };
            };
        };
    };
    readyz_readyz_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description Not ready */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_audit_entries_v1_audit_get: {
        parameters: {
            query?: {
                /** @description Only this action. */
                action?: string | null;
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                /** @description At most so many items. */
                limit?: number;
                /** @description Only what was done to this id. */
                target?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListOut_AuditEntryOut_"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_cartridges_v1_cartridges_get: {
        parameters: {
            query?: {
                /** @description Only cartridges of this corpus. */
                corpus_id?: string | null;
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                /** @description At most so many items. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListOut_CartridgeOut_"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_cartridge_v1_cartridges__cartridge_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cartridge_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CartridgeWithReportOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_cartridge_v1_cartridges__cartridge_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cartridge_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_cartridge_v1_cartridges__cartridge_id__patch: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change only what still has this `ETag`. Default: change it as it is. */
                "if-match"?: string | null;
            };
            path: {
                cartridge_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CartridgeChangeIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CartridgeOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Changed meanwhile */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    download_cartridge_v1_cartridges__cartridge_id__download_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cartridge_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The safetensors file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Storage unavailable; database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    chat_v1_chat_completions_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatIn"];
            };
        };
        responses: {
            /** @description The answer, whole, or as server-sent events with `stream: true`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatOut"];
                    /** @example data: {"object": "chat.completion.chunk", "choices": [{"delta": {"content": "Ian"}}]} */
                    "text/event-stream": unknown;
                };
            };
            /** @description Unsupported parameter; prompt too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No such model */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Cartridge of another model */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Inference unavailable; database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_corpora_v1_corpora_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                /** @description At most so many items. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListOut_CorpusOut_"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_corpus_v1_corpora_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A word of your own for this request. Sent again within a day, it gives the first answer. */
                "idempotency-key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CorpusIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CorpusOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Quota exceeded; not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Idempotency key reused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_corpus_v1_corpora__corpus_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                corpus_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CorpusOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_corpus_v1_corpora__corpus_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                corpus_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_corpus_v1_corpora__corpus_id__patch: {
        parameters: {
            query?: never;
            header?: {
                /** @description Change only what still has this `ETag`. Default: change it as it is. */
                "if-match"?: string | null;
            };
            path: {
                corpus_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CorpusIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CorpusOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Changed meanwhile */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_documents_v1_corpora__corpus_id__documents_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                /** @description At most so many items. */
                limit?: number;
            };
            header?: never;
            path: {
                corpus_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListOut_DocumentOut_"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    upload_documents_v1_corpora__corpus_id__documents_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A word of your own for this request. Sent again within a day, it gives the first answer. */
                "idempotency-key"?: string | null;
            };
            path: {
                corpus_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description Text, Markdown or HTML files. */
                    files: string[];
                };
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListOut_DocumentOut_"];
                };
            };
            /** @description Unreadable body */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Quota exceeded; not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Idempotency key reused; conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Documents too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported document type */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Empty document; not a text; invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Storage unavailable; database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_document_v1_corpora__corpus_id__documents__document_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                corpus_id: string;
                document_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Storage unavailable; database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_keys_v1_keys_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                /** @description At most so many items. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListOut_KeyOut_"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_key_v1_keys_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A word of your own for this request. Sent again within a day, it gives the first answer. */
                "idempotency-key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewKeyOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Idempotency key reused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_key_v1_keys__key_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_key_v1_keys__key_id__revoke_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotate_key_v1_keys__key_id__rotate_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A word of your own for this request. Sent again within a day, it gives the first answer. */
                "idempotency-key"?: string | null;
            };
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RotationIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewKeyOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict; idempotency key reused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_me_v1_me_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MeOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_models_v1_models_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelsOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_model_v1_models__model_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No such model */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_quotas_v1_quotas_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuotasOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_training_jobs_v1_training_jobs_get: {
        parameters: {
            query?: {
                /** @description Only jobs of this corpus. */
                corpus_id?: string | null;
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                /** @description At most so many items. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListOut_TrainingJobOut_"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_training_job_v1_training_jobs_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A word of your own for this request. Sent again within a day, it gives the first answer. */
                "idempotency-key"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrainingJobIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainingJobOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Quota exceeded; not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found; no such model */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict; idempotency key reused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_training_job_v1_training_jobs__job_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainingJobOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_training_job_v1_training_jobs__job_id__cancel_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrainingJobOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    follow_training_job_v1_training_jobs__job_id__events_get: {
        parameters: {
            query?: {
                /** @description Begin after the event of this number. */
                after?: number;
            };
            header?: {
                /** @description As browsers send it; beats `after`. */
                "last-event-id"?: number | null;
            };
            path: {
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events: `id` counts from 1, `event` is state, stage, progress, conversation or log, `data` is JSON. The stream ends with the job. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example id: 7
                     *     event: stage
                     *     data: {"stage": "train", "status": "started"}
                     */
                    "text/event-stream": unknown;
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_usage_v1_usage_get: {
        parameters: {
            query?: {
                /** @description Default: 30 days before the last. */
                first_day?: string | null;
                /** @description Default: today. */
                last_day?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["services__api__usage__endpoints__UsageOut"];
                };
            };
            /** @description Not authenticated */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Database unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
