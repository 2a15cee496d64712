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
    "/v1/account/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Change one's password
         * @description Ends the person's sessions in other browsers. This one gets another cookie and `csrf_token`.
         */
        put: operations["change_password_v1_account_password_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/account/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List one's sessions
         * @description The browsers in which the person is signed in, newest first: all of them, on one page.
         */
        get: operations["list_sessions_v1_account_sessions_get"];
        put?: never;
        post?: never;
        /**
         * Sign out everywhere
         * @description End all of the person's sessions, this one too.
         */
        delete: operations["end_all_sessions_v1_account_sessions_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/account/sessions/{session_id}": {
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
         * End a session
         * @description Sign out of one browser.
         */
        delete: operations["end_session_v1_account_sessions__session_id__delete"];
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
    "/v1/cartridges/{cartridge_id}/residency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tell where a cartridge is at hand
         * @description The pods that hold a cartridge now, the one that used it last first, and how near to the model.
         */
        get: operations["get_residency_v1_cartridges__cartridge_id__residency_get"];
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
         * @description Delete a corpus, its documents, its jobs and its previews. Cartridges that were trained from it stay.
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
         * @description The documents of a corpus, newest first: as they are now, or as a version of it held them.
         */
        get: operations["list_documents_v1_corpora__corpus_id__documents_get"];
        put?: never;
        /**
         * Upload documents
         * @description Add files to a corpus: all of them, or none where one of them cannot be taken.
         *
         *     Texts are ready with the answer. PDF, docx and archives are `checking` until the trainer has read them.
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
        /**
         * Get a document
         * @description One document with its status, and why it was refused where it was.
         */
        get: operations["get_document_v1_corpora__corpus_id__documents__document_id__get"];
        put?: never;
        post?: never;
        /**
         * Delete a document
         * @description Take one document out of a corpus. Jobs that have begun learn it to their end; then its text goes.
         */
        delete: operations["delete_document_v1_corpora__corpus_id__documents__document_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/corpora/{corpus_id}/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin an upload in parts
         * @description Begin to upload a large file, or an archive, that can be gone on with after it broke off.
         *
         *     Send its parts, in any order and several at once, either through the API or straight to the object store by URLs
         *     from `part-urls`; then complete it.
         */
        post: operations["begin_upload_v1_corpora__corpus_id__uploads_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/corpora/{corpus_id}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List versions of a corpus
         * @description What the corpus held after each change, newest first. Jobs and cartridges name the version they learned.
         */
        get: operations["list_versions_v1_corpora__corpus_id__versions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List invitations
         * @description Newest first; those that were used or have ended are there too.
         */
        get: operations["list_invitations_v1_invitations_get"];
        put?: never;
        /**
         * Invite somebody
         * @description The answer holds the invitation's secret, this once: nothing is sent by mail. Earlier open ones to it end.
         */
        post: operations["create_invitation_v1_invitations_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations/{invitation_id}": {
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
         * Revoke an invitation
         * @description From now on it opens nothing. Revoking twice, or after it was used, changes nothing.
         */
        delete: operations["revoke_invitation_v1_invitations__invitation_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation
         * @description Become a member of the tenant. Who is not signed in gives a password and is, afterwards.
         *
         *     With a password it is that of the invited address' account, or of a new one that is made. Through the OpenID
         *     provider: POST /v1/session/oidc with the `invitation_token`.
         */
        post: operations["accept_invitation_v1_invitations_accept_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Look at an invitation
         * @description Which tenant an invitation is to, for whom and as what. Nobody need be signed in: the secret is enough.
         */
        post: operations["preview_invitation_v1_invitations_preview_post"];
        delete?: never;
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
         * @description The tenant, and the key or the person of this request, with what it is good for.
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
    "/v1/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List members
         * @description Who is in the tenant and as what, newest first.
         */
        get: operations["list_members_v1_members_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/members/{member_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a member
         * @description One member.
         */
        get: operations["get_member_v1_members__member_id__get"];
        put?: never;
        post?: never;
        /**
         * Remove a member
         * @description From its next request on the person is out. Its account stays, and so do keys that it made: revoke those.
         */
        delete: operations["remove_member_v1_members__member_id__delete"];
        options?: never;
        head?: never;
        /**
         * Change a member's role
         * @description The new role holds from the member's next request on.
         */
        patch: operations["change_member_v1_members__member_id__patch"];
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
         * @description The base model, the tenant's newest 1000 cartridges, and their corpora: each means its best cartridge.
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
    "/v1/residency": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List cartridges at hand
         * @description The tenant's cartridges that any pod holds now, most recently used first.
         */
        get: operations["list_residency_v1_residency_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is signed in?
         * @description The person, its tenants and the session's `csrf_token`.
         */
        get: operations["get_session_v1_session_get"];
        put?: never;
        /**
         * Sign in
         * @description Begin a session with address and password. The answer sets its cookie.
         */
        post: operations["create_session_v1_session_post"];
        /**
         * Sign out
         * @description End the session. Signing out of all browsers: DELETE /v1/account/sessions.
         */
        delete: operations["delete_session_v1_session_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/oidc": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin to sign in through the OpenID provider
         * @description Where to send the browser; it comes back to `return_to`, signed in.
         */
        post: operations["start_oidc_v1_session_oidc_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/oidc/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Come back from the OpenID provider
         * @description The provider sends the browser here. It goes on to `return_to`, with `sign_in_error` where it is not signed in.
         */
        get: operations["finish_oidc_v1_session_oidc_callback_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/tenant": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Choose a tenant
         * @description From now on the session's requests are for this tenant, unless they name another as `X-Tenant`.
         */
        post: operations["choose_tenant_v1_session_tenant_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session/ways": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How do people sign in?
         * @description What a sign-in page offers.
         */
        get: operations["get_ways_v1_session_ways_get"];
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
    "/v1/training-jobs/{job_id}/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a job's conversations
         * @description What self-study wrote so far, newest first, each with the chunk of the corpus that it is about.
         */
        get: operations["list_conversations_v1_training_jobs__job_id__conversations_get"];
        put?: never;
        post?: never;
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
    "/v1/training-jobs/{job_id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a job's events
         * @description What has happened, newest first and page by page; `/events` is the same as a stream.
         */
        get: operations["list_history_v1_training_jobs__job_id__history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/training-jobs/{job_id}/loss": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a job's loss curve
         * @description The training loss by step in a bounded number of points, and the levels of no context and ICL.
         */
        get: operations["get_loss_v1_training_jobs__job_id__loss_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/training-jobs/{job_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Train again as a job did
         * @description Queue a new job with the recipe and name of one that has ended, on the corpus as it is now.
         *
         *     The earlier job stays as it is; `retry_of` of the new one names it. Nothing that the earlier one made is used again.
         */
        post: operations["retry_training_job_v1_training_jobs__job_id__retry_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/training-jobs/{job_id}/stages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a job's stages
         * @description The stages that were begun, with their times, those of earlier attempts included, and what the job has cost.
         */
        get: operations["list_stages_v1_training_jobs__job_id__stages_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/training-jobs/estimate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Estimate a training job
         * @description What the job would take in tokens, seconds and quota. Nothing is ordered.
         */
        post: operations["estimate_training_job_v1_training_jobs_estimate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List uploads
         * @description Uploads that are not complete, newest first.
         */
        get: operations["list_uploads_v1_uploads_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an upload
         * @description One upload, and how it is divided into parts.
         */
        get: operations["get_upload_v1_uploads__upload_id__get"];
        put?: never;
        post?: never;
        /**
         * Give an upload up
         * @description Drop what has arrived, and the document that it was to become.
         */
        delete: operations["abort_upload_v1_uploads__upload_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload_id}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Complete an upload
         * @description Make the file whole. Its document is `checking` then: the digest, the kind, the text, or the archive's files.
         */
        post: operations["complete_upload_v1_uploads__upload_id__complete_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload_id}/part-urls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get URLs for parts
         * @description URLs to which parts can be PUT straight to the object store, each good for that one part for an hour.
         */
        post: operations["make_part_urls_v1_uploads__upload_id__part_urls_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload_id}/parts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List parts of an upload
         * @description The parts that have arrived: whoever goes on with the upload sends the others.
         */
        get: operations["list_parts_v1_uploads__upload_id__parts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload_id}/parts/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Send a part
         * @description One part through the API, as the request's body: for browsers, and where the object store is out of reach.
         *
         *     Sent again it takes the place of what came before.
         */
        put: operations["send_part_v1_uploads__upload_id__parts__number__put"];
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
        /**
         * AcceptanceIn
         * @example {
         *       "name": "Bob",
         *       "password": "four words of chalk",
         *       "token": "kX3aB4cD5eF6gH7iJ8kL9mN0oP1qR2sT3uV4wX5yZ6a"
         *     }
         */
        AcceptanceIn: {
            /**
             * Name
             * @description Of a new account. Default: the address.
             */
            name?: string | null;
            /**
             * Password
             * @description The password of the invited address' account, or the one that a new account gets. Left out by who is signed in.
             */
            password?: string | null;
            /**
             * Token
             * Format: password
             */
            token: string;
        };
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
             * @description `key`, `person`, `operator` or `trainer`.
             */
            actor: string;
            /**
             * Actor Id
             * @description The key's or the person's id, or the job's where the trainer acted.
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
         * BaselinesOut
         * @description The same loss on held-out conversations without a cartridge, nats a token.
         */
        BaselinesOut: {
            /**
             * Icl
             * @description With the text itself before the model: what a cartridge strives for.
             */
            icl: number;
            /**
             * No Context
             * @description Of the model alone: a cartridge under this level has learned.
             */
            no_context: number;
        };
        /**
         * BrowserOut
         * @description A browser in which the person is signed in.
         * @example {
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "current": true,
         *       "expires_at": "2026-12-01T09:00:00Z",
         *       "id": "ses_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "last_used_at": "2026-11-24T09:30:00Z",
         *       "object": "browser",
         *       "user_agent": "Mozilla/5.0 ..."
         *     }
         */
        BrowserOut: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Current
             * @description Whether it is the one that asks.
             */
            current: boolean;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Id */
            id: string;
            /**
             * Last Used At
             * Format: date-time
             * @description To within a minute.
             */
            last_used_at: string;
            /**
             * Object
             * @default browser
             * @constant
             */
            object: "browser";
            /** User Agent */
            user_agent: string;
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
         * CartridgeKind
         * @description How a cartridge was made. A preview stands in until the corpus has a trained one.
         * @enum {string}
         */
        CartridgeKind: "trained" | "preview";
        /**
         * CartridgeOut
         * @description A cartridge. `model` is what a chat request names; with the corpus's id in the place of the cartridge's it names
         *     whichever cartridge of the corpus is the best one at the time.
         * @example {
         *       "base_model": "smollm2-135m",
         *       "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "corpus_version": 3,
         *       "created_at": "2026-11-24T09:10:00Z",
         *       "digest": "9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f",
         *       "id": "ctg_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "job_id": "job_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "kind": "trained",
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
             * Corpus Version
             * @description The version of the corpus that it was trained on.
             */
            corpus_version: number | null;
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
            /** @description `preview`: compacted from the text without training, until a trained one takes its place. */
            kind: components["schemas"]["CartridgeKind"];
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
         *       "corpus_version": 3,
         *       "created_at": "2026-11-24T09:10:00Z",
         *       "digest": "9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f",
         *       "id": "ctg_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "job_id": "job_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "kind": "trained",
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
             * Corpus Version
             * @description The version of the corpus that it was trained on.
             */
            corpus_version: number | null;
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
            /** @description `preview`: compacted from the text without training, until a trained one takes its place. */
            kind: components["schemas"]["CartridgeKind"];
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
             * @description Quality against no context and ICL, and what the training took; of a preview `note` says how far to trust it.
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
             * @description Cartridges before the prompt, in this order, after the model's own; a corpus's id means its best cartridge at the time.
             * @default []
             */
            cartridges: string[];
            /**
             * Frequency Penalty
             * @description Only 0.
             */
            frequency_penalty?: number | null;
            /**
             * In Context
             * @description Cartridges whose texts stand in the prompt instead of them, as much as the window takes: in-context learning, to compare with.
             * @default []
             */
            in_context: string[];
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
             * @description `<base>`, `<base>:<cartridge id>`, or `<base>:<corpus id>`: the corpus's best cartridge at the time.
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
            /**
             * Select
             * @description Which of the cartridges stand before the prompt: all, or those alone that it is about, told by its own words; none where it is about none of them. A message that names nothing of them is taken with what was said before it. To choose, the prompt is read once for each.
             * @default all
             * @enum {string}
             */
            select: "all" | "relevant";
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
            /**
             * Cartridges
             * @description Those that stood before the prompt, in order.
             */
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
            /**
             * Selection
             * @description With `select: relevant`, all cartridges of the request in order.
             */
            selection?: components["schemas"]["ConsideredOut"][] | null;
            usage: components["schemas"]["ChatUsageOut"];
        };
        /** ChatUsageOut */
        ChatUsageOut: {
            /** Completion Tokens */
            completion_tokens: number;
            /**
             * In Context Share
             * @description Of the texts of `in_context`, the share that the window took; null without them.
             */
            in_context_share?: number | null;
            /**
             * Kv Bytes
             * @description KV cache that the request held at its end, in the dtype that the pod computes in.
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
            /**
             * Selection Tokens
             * @description Tokens read to choose among the cartridges: the prompt's, for each and once without any. Counted beside the prompt's.
             * @default 0
             */
            selection_tokens: number;
            /** Total Tokens */
            total_tokens: number;
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
         * ChosenTenantIn
         * @example {
         *       "tenant_id": "ten_01j9z3k4m5n6p7q8r9s0t1v2w3"
         *     }
         */
        ChosenTenantIn: {
            /**
             * Tenant Id
             * @description One of the session's `tenants`.
             */
            tenant_id: string;
        };
        /**
         * ChunkOut
         * @description A piece of the corpus that was shown to the model.
         */
        ChunkOut: {
            /**
             * Document
             * @description The document it begins in.
             */
            document: string;
            /** Index */
            index: number;
            /**
             * Position
             * @description Characters of the document's text before it.
             */
            position: number;
            /** Text */
            text: string;
        };
        /**
         * CompletionIn
         * @example {
         *       "sha256": "9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f"
         *     }
         */
        CompletionIn: {
            /**
             * Sha256
             * @description Of the whole file, in hex.
             */
            sha256: string;
        };
        /**
         * ConsideredOut
         * @description A cartridge that `select: relevant` chose from.
         */
        ConsideredOut: {
            /** Cartridge */
            cartridge: string;
            /**
             * Chosen
             * @description Whether it stood before the prompt.
             */
            chosen: boolean;
            /**
             * Gain
             * @description Nats that the cartridge takes off the prompt's own words: how much it knows of what they speak of.
             */
            gain: number;
        };
        /**
         * ConversationOut
         * @description A synthesized question and its answer, with the chunk that both are about.
         * @example {
         *       "answer": "Bruce Perens led it from 1996.",
         *       "chunk": {
         *         "document": "history.txt",
         *         "index": 3,
         *         "position": 4210,
         *         "text": "In 1996 ..."
         *       },
         *       "created_at": "2026-11-24T09:02:00Z",
         *       "id": "cnv_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "kind": "question",
         *       "object": "training_job.conversation",
         *       "question": "Who led the project after its founder?",
         *       "stream": "train"
         *     }
         */
        ConversationOut: {
            /** Answer */
            answer: string;
            /** @description Null where it is about nothing in the corpus. */
            chunk: components["schemas"]["ChunkOut"] | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Id */
            id: string;
            /**
             * Kind
             * @description What it came from: a kind of seed prompt, or for example a recitation.
             */
            kind: string;
            /**
             * Object
             * @default training_job.conversation
             * @constant
             */
            object: "training_job.conversation";
            /** Question */
            question: string;
            /**
             * Stream
             * @description `held_out` ones are never trained on; quality is measured with them.
             * @enum {string}
             */
            stream: "train" | "held_out";
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
         *       "failed": 0,
         *       "id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "name": "Handbook 2026",
         *       "object": "corpus",
         *       "pending": 0,
         *       "size_bytes": 48213,
         *       "tokens": 11840,
         *       "version": 3
         *     }
         */
        CorpusOut: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Documents
             * @description Documents that are ready.
             */
            documents: number;
            /**
             * Failed
             * @description Files that were refused; each says why.
             */
            failed: number;
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
            /**
             * Pending
             * @description Files that are on their way or being checked.
             */
            pending: number;
            /**
             * Size Bytes
             * @description Bytes of their texts.
             */
            size_bytes: number;
            /**
             * Tokens
             * @description Tokens of their texts, once the trainer has read all of them.
             */
            tokens: number | null;
            /**
             * Version
             * @description Counts changes of what is learned from it; 0 while it is empty.
             */
            version: number;
        };
        /**
         * CorpusVersionOut
         * @description What a corpus held after one change of it. A version never changes.
         * @example {
         *       "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "documents": 2,
         *       "id": "ver_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "number": 3,
         *       "object": "corpus_version",
         *       "size_bytes": 48213
         *     }
         */
        CorpusVersionOut: {
            /** Corpus Id */
            corpus_id: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Documents */
            documents: number;
            /** Id */
            id: string;
            /** Number */
            number: number;
            /**
             * Object
             * @default corpus_version
             * @constant
             */
            object: "corpus_version";
            /** Size Bytes */
            size_bytes: number;
        };
        /**
         * CostOut
         * @description What the job has taken so far.
         */
        CostOut: {
            /**
             * Gpu Seconds
             * @description In which it held workers: what counts against the quota.
             */
            gpu_seconds: number;
            /** @description What self-study wrote and read. */
            synthesis: components["schemas"]["WorkOut"];
            training: components["schemas"]["WorkOut"];
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
         * DocumentErrorOut
         * @description Why a file was refused.
         */
        DocumentErrorOut: {
            /** Code */
            code: string;
            /**
             * Detail
             * @description What is wrong and what to do.
             */
            detail: string;
        };
        /**
         * DocumentOut
         * @description One file of a corpus. Once it is ready its text is kept as UTF-8; `size_bytes` and `sha256` are the text's.
         * @example {
         *       "added_in": 2,
         *       "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "id": "doc_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "media_type": "text/markdown",
         *       "name": "handbook/travel-policy.md",
         *       "object": "document",
         *       "sha256": "9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f9f",
         *       "size_bytes": 18211,
         *       "status": "ready",
         *       "tokens": 4312
         *     }
         */
        DocumentOut: {
            /**
             * Added In
             * @description The version of the corpus that it came with.
             */
            added_in: number | null;
            /**
             * Archive Id
             * @description The archive that it came out of.
             */
            archive_id: string | null;
            /** Corpus Id */
            corpus_id: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** @description Of a failed one. */
            error: components["schemas"]["DocumentErrorOut"] | null;
            /** Id */
            id: string;
            /** Media Type */
            media_type: string;
            /**
             * Name
             * @description A relative path.
             */
            name: string;
            /**
             * Object
             * @default document
             * @constant
             */
            object: "document";
            /**
             * Removed In
             * @description The version of the corpus that it was removed in.
             */
            removed_in: number | null;
            /**
             * Sha256
             * @description Of the text, once it is ready.
             */
            sha256: string | null;
            /** Size Bytes */
            size_bytes: number;
            /** @description `uploading`, `checking`, then `ready` or `failed`; `expanded` is an archive whose files have become documents of their own. Only what is ready is learned from. */
            status: components["schemas"]["DocumentStatus"];
            /**
             * Tokens
             * @description Of the text for the base model, once a job has read it.
             */
            tokens: number | null;
        };
        /**
         * DocumentStatus
         * @description `ready` documents alone are learned from; an `expanded` one is an archive that others came out of.
         * @enum {string}
         */
        DocumentStatus: "uploading" | "checking" | "ready" | "failed" | "expanded";
        /**
         * TrainingJobEstimate
         * @description What a job takes at most: less where training stops early, or most of the corpus was learned before.
         * @example {
         *       "based_on_jobs": 3,
         *       "corpus_tokens": 51200,
         *       "corpus_tokens_counted": true,
         *       "gpu_seconds": 419,
         *       "month": {
         *         "after": 1619,
         *         "fits": true,
         *         "limit": 100000,
         *         "used": 1200
         *       },
         *       "object": "training_job.estimate",
         *       "seconds": {
         *         "other": 41,
         *         "self_study": 88,
         *         "train": 290
         *       },
         *       "synthesis_tokens": 62000,
         *       "training_tokens": 261000
         *     }
         */
        EstimateOut: {
            /**
             * Based On Jobs
             * @description Finished jobs whose speeds it is told from. 0: from a machine with two CPU cores, as a cautious guess.
             */
            based_on_jobs: number;
            /** Corpus Tokens */
            corpus_tokens: number;
            /**
             * Corpus Tokens Counted
             * @description False: told from bytes, no job has read all of it yet.
             */
            corpus_tokens_counted: boolean;
            /**
             * Gpu Seconds
             * @description Of a worker, all stages: what counts against the quota.
             */
            gpu_seconds: number;
            month: components["schemas"]["MonthOut"];
            /**
             * Object
             * @default training_job.estimate
             * @constant
             */
            object: "training_job.estimate";
            /**
             * Retrains
             * @description The cartridge of another version that training will start from where most of it is still there.
             */
            retrains: string | null;
            seconds: components["schemas"]["StageSecondsOut"];
            /**
             * Synthesis Tokens
             * @description That self-study writes and reads.
             */
            synthesis_tokens: number;
            /** Training Tokens */
            training_tokens: number;
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
             * @description Your own questions with known answers, to be measured by as well.
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
             * @default attention_matching
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
         * InvitationIn
         * @example {
         *       "email": "bob@example.com",
         *       "role": "member"
         *     }
         */
        InvitationIn: {
            /** Email */
            email: string;
            /**
             * @description `viewer`: looks and asks; `member`: makes, changes and deletes as well; `admin`: keys, members, audit log, usage too; `owner`: makes and unmakes owners. None is given by whoever has a lesser one.
             * @default member
             */
            role: components["schemas"]["MemberRole"];
        };
        /**
         * InvitationOut
         * @description An invitation; its secret was shown when it was made.
         * @example {
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "email": "bob@example.com",
         *       "expires_at": "2026-12-01T09:00:00Z",
         *       "id": "inv_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "invited_by": "per_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "object": "invitation",
         *       "role": "member",
         *       "status": "open"
         *     }
         */
        InvitationOut: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Email */
            email: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Id */
            id: string;
            /**
             * Invited By
             * @description A person's or a key's id, or `operator`.
             */
            invited_by: string;
            /**
             * Object
             * @default invitation
             * @constant
             */
            object: "invitation";
            role: components["schemas"]["MemberRole"];
            /**
             * Status
             * @enum {string}
             */
            status: "open" | "accepted" | "revoked" | "expired";
        };
        /**
         * InvitationPreviewOut
         * @description What an invitation is to, for whoever holds its secret.
         * @example {
         *       "email": "bob@example.com",
         *       "expires_at": "2026-12-01T09:00:00Z",
         *       "object": "invitation_preview",
         *       "role": "member",
         *       "tenant_name": "acme"
         *     }
         */
        InvitationPreviewOut: {
            /** Email */
            email: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /**
             * Object
             * @default invitation_preview
             * @constant
             */
            object: "invitation_preview";
            role: components["schemas"]["MemberRole"];
            /** Tenant Name */
            tenant_name: string;
        };
        /**
         * InvitationTokenIn
         * @example {
         *       "token": "kX3aB4cD5eF6gH7iJ8kL9mN0oP1qR2sT3uV4wX5yZ6a"
         *     }
         */
        InvitationTokenIn: {
            /**
             * Token
             * Format: password
             */
            token: string;
        };
        /**
         * JobEventOut
         * @description An event as it stands in the stream of events, with the time it was written.
         */
        JobEventOut: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Data */
            data: {
                [key: string]: unknown;
            };
            /**
             * Object
             * @default training_job.event
             * @constant
             */
            object: "training_job.event";
            /**
             * Seq
             * @description The `id` of the event in the stream.
             */
            seq: number;
            /** Type */
            type: string;
        };
        /**
         * JobKind
         * @description What a job makes: a trained cartridge, or a preview of one, compacted from the text without training.
         * @enum {string}
         */
        JobKind: "train" | "preview";
        /**
         * JobState
         * @enum {string}
         */
        JobState: "queued" | "running" | "succeeded" | "failed" | "cancelled";
        /**
         * JoinedTenantOut
         * @description A tenant that a person is in, and as what.
         * @example {
         *       "id": "ten_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "name": "acme",
         *       "object": "joined_tenant",
         *       "role": "owner"
         *     }
         */
        JoinedTenantOut: {
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Object
             * @default joined_tenant
             * @constant
             */
            object: "joined_tenant";
            role: components["schemas"]["MemberRole"];
        };
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
        /** ListOut[BrowserOut] */
        ListOut_BrowserOut_: {
            /** Data */
            data: components["schemas"]["BrowserOut"][];
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
        /** ListOut[ConversationOut] */
        ListOut_ConversationOut_: {
            /** Data */
            data: components["schemas"]["ConversationOut"][];
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
        /** ListOut[CorpusVersionOut] */
        ListOut_CorpusVersionOut_: {
            /** Data */
            data: components["schemas"]["CorpusVersionOut"][];
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
        /** ListOut[InvitationOut] */
        ListOut_InvitationOut_: {
            /** Data */
            data: components["schemas"]["InvitationOut"][];
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
        /** ListOut[JobEventOut] */
        ListOut_JobEventOut_: {
            /** Data */
            data: components["schemas"]["JobEventOut"][];
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
        /** ListOut[MemberOut] */
        ListOut_MemberOut_: {
            /** Data */
            data: components["schemas"]["MemberOut"][];
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
        /** ListOut[UploadOut] */
        ListOut_UploadOut_: {
            /** Data */
            data: components["schemas"]["UploadOut"][];
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
         * LossCurveOut
         * @description The training loss by step, with the levels to compare it with.
         */
        LossCurveOut: {
            /** @description Null until they are measured, and where the recipe's loss is another than theirs. */
            baselines: components["schemas"]["BaselinesOut"] | null;
            /**
             * Best Step
             * @description Where the validation loss was least: that cartridge is taken.
             */
            best_step: number | null;
            /**
             * End
             * @description Why training ended: its steps were made, no better loss came for so long as the recipe says, or its budget of tokens or seconds was used up. Null until then.
             */
            end: ("steps" | "early_stop" | "budget") | null;
            /**
             * Object
             * @default loss_curve
             * @constant
             */
            object: "loss_curve";
            /** Points */
            points: components["schemas"]["LossPointOut"][];
            /**
             * Steps
             * @description Steps that the recipe asks for.
             */
            steps: number;
            /**
             * Validation
             * @description Step 0 is the cartridge before training.
             */
            validation: components["schemas"]["ValidationPointOut"][];
        };
        /**
         * LossPointOut
         * @description Several steps in one: those after the point before, up to `step`.
         */
        LossPointOut: {
            /** Largest */
            largest: number;
            /** Learning Rate */
            learning_rate: number;
            /** Least */
            least: number;
            /**
             * Loss
             * @description Mean, nats a token.
             */
            loss: number;
            /** Step */
            step: number;
            /** Tokens Per Second */
            tokens_per_second: number;
        };
        /**
         * LossWeighting
         * @description How much each answer token of a conversation counts in context distillation.
         * @enum {string}
         */
        LossWeighting: "context_gain" | "uniform";
        /**
         * MemberChangeIn
         * @example {
         *       "role": "viewer"
         *     }
         */
        MemberChangeIn: {
            /** @description `viewer`: looks and asks; `member`: makes, changes and deletes as well; `admin`: keys, members, audit log, usage too; `owner`: makes and unmakes owners. None is given by whoever has a lesser one. */
            role: components["schemas"]["MemberRole"];
        };
        /**
         * MemberOut
         * @description Somebody who is in the tenant.
         * @example {
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "id": "mem_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "is_caller": true,
         *       "object": "member",
         *       "person": {
         *         "email": "ann@example.com",
         *         "id": "per_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *         "name": "Ann",
         *         "object": "person"
         *       },
         *       "role": "owner",
         *       "scopes": [
         *         "read",
         *         "write",
         *         "query",
         *         "admin"
         *       ]
         *     }
         */
        MemberOut: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Id */
            id: string;
            /**
             * Is Caller
             * @description Whether it is who asks.
             */
            is_caller: boolean;
            /**
             * Object
             * @default member
             * @constant
             */
            object: "member";
            person: components["schemas"]["PersonOut"];
            role: components["schemas"]["MemberRole"];
            /**
             * Scopes
             * @description What the role is good for.
             */
            scopes: components["schemas"]["Scope"][];
        };
        /**
         * MemberRole
         * @description From the most powerful to the least.
         * @enum {string}
         */
        MemberRole: "owner" | "admin" | "member" | "viewer";
        /**
         * Me
         * @description Who asks, a key or a person, for which tenant, and what it may do there.
         */
        MeOut: {
            /** @description Null for a person. */
            key: components["schemas"]["KeyOut"] | null;
            /**
             * Kind
             * @enum {string}
             */
            kind: "key" | "person";
            /** @description Null for a key. */
            person: components["schemas"]["PersonOut"] | null;
            /** @description The person's in this tenant; null for a key. */
            role: components["schemas"]["MemberRole"] | null;
            /**
             * Scopes
             * @description What the caller may do in it.
             */
            scopes: components["schemas"]["Scope"][];
            /** @description The tenant that the request is for. */
            tenant: components["schemas"]["TenantOut"];
            /**
             * Tenants
             * @description All that the person is in; of a key none.
             */
            tenants: components["schemas"]["JoinedTenantOut"][];
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
         * MonthOut
         * @description The quota of GPU seconds a month, before and after the job.
         */
        MonthOut: {
            /** After */
            after: number;
            /** Fits */
            fits: boolean;
            /** Limit */
            limit: number;
            /** Used */
            used: number;
        };
        /**
         * NewInvitationOut
         * @description An invitation just made, with its secret: give it to the person, it is not shown again.
         * @example {
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "email": "bob@example.com",
         *       "expires_at": "2026-12-01T09:00:00Z",
         *       "id": "inv_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "invited_by": "per_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "link": "https://app.example/invitation#token=kX3...",
         *       "object": "invitation",
         *       "role": "member",
         *       "status": "open",
         *       "token": "kX3..."
         *     }
         */
        NewInvitationOut: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Email */
            email: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Id */
            id: string;
            /**
             * Invited By
             * @description A person's or a key's id, or `operator`.
             */
            invited_by: string;
            /**
             * Link
             * @description Where it is accepted; null where CARTRIDGES_PUBLIC_URL is not set.
             */
            link: string | null;
            /**
             * Object
             * @default invitation
             * @constant
             */
            object: "invitation";
            role: components["schemas"]["MemberRole"];
            /**
             * Status
             * @enum {string}
             */
            status: "open" | "accepted" | "revoked" | "expired";
            /** Token */
            token: string;
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
         * OidcStartIn
         * @example {
         *       "return_to": "/corpora"
         *     }
         */
        OidcStartIn: {
            /**
             * Invitation Token
             * @description Accept this invitation with it.
             */
            invitation_token?: string | null;
            /**
             * Return To
             * @description Where the browser goes in the end: a path here. What went wrong is told in its query, as `sign_in_error` with a problem's `code`.
             * @default /
             */
            return_to: string;
        };
        /**
         * OidcStartOut
         * @description Where to send the browser.
         * @example {
         *       "authorization_url": "https://id.example/..."
         *     }
         */
        OidcStartOut: {
            /** Authorization Url */
            authorization_url: string;
            /**
             * Object
             * @default oidc_start
             * @constant
             */
            object: "oidc_start";
        };
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
         * PartOut
         * @description A part that has arrived. `etag` is the MD5 of its bytes with most object stores.
         */
        PartOut: {
            /** Etag */
            etag: string;
            /** Number */
            number: number;
            /**
             * Object
             * @default part
             * @constant
             */
            object: "part";
            /** Size Bytes */
            size_bytes: number;
        };
        /**
         * PartsOut
         * @description The parts that have arrived, by number.
         */
        PartsOut: {
            /** Data */
            data: components["schemas"]["PartOut"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        };
        /**
         * PartUrlOut
         * @description Where one part can be PUT without a key, until `expires_at`.
         */
        PartUrlOut: {
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Number */
            number: number;
            /** Size Bytes */
            size_bytes: number;
            /** Url */
            url: string;
        };
        /**
         * PartUrlsIn
         * @example {
         *       "numbers": [
         *         1
         *       ]
         *     }
         */
        PartUrlsIn: {
            /** Numbers */
            numbers: number[];
        };
        /**
         * PartUrlsOut
         * @description One URL for each part asked for, in that order.
         */
        PartUrlsOut: {
            /** Data */
            data: components["schemas"]["PartUrlOut"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        };
        /**
         * PasswordIn
         * @example {
         *       "current_password": "four words of chalk",
         *       "new_password": "five more words of chalk"
         *     }
         */
        PasswordIn: {
            /**
             * Current Password
             * @description Left out where the account has no password yet.
             */
            current_password?: string | null;
            /**
             * New Password
             * Format: password
             * @description 12 characters or more.
             */
            new_password: string;
        };
        /**
         * PersonOut
         * @description Somebody with an account.
         * @example {
         *       "email": "ann@example.com",
         *       "id": "per_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "name": "Ann",
         *       "object": "person"
         *     }
         */
        PersonOut: {
            /** Email */
            email: string;
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Object
             * @default person
             * @constant
             */
            object: "person";
        };
        /**
         * PlaceOut
         * @description A pod that has the cartridge at hand.
         */
        PlaceOut: {
            /**
             * Last Used
             * Format: date-time
             */
            last_used: string;
            /**
             * Pinned
             * @description Whether it stays there whatever else wants room.
             */
            pinned: boolean;
            /** Pod */
            pod: string;
            /**
             * Tier
             * @description The nearest place that the pod keeps it in: GPU memory, memory, disk.
             * @enum {string}
             */
            tier: "device" | "host" | "disk" | "s3";
        };
        /**
         * Priority
         * @enum {string}
         */
        Priority: "low" | "normal" | "high";
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
             *       "kind": "attention_matching",
             *       "reference_rows": 256,
             *       "ridge": 0.001
             *     }
             */
            initialization: components["schemas"]["InitializationSettings"];
            /**
             * @default {
             *       "corrections": true,
             *       "from_previous": true,
             *       "learning_rate_share": 1,
             *       "new_share": 0.5,
             *       "steps_share": 0.4,
             *       "weigh_news": true
             *     }
             */
            retraining: components["schemas"]["RetrainingSettings"];
            /**
             * Seed
             * @description The same recipe and seed make the same cartridge again.
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
             *       "general_answers": 384,
             *       "generic_answers": 256,
             *       "generic_temperature": 0.8,
             *       "min_teacher_logprob": -8,
             *       "one_paragraph": true,
             *       "question_max_tokens": 48,
             *       "question_temperature": 0.8,
             *       "recitation_kind": "facts",
             *       "recitations": 1536,
             *       "seed_prompt_kinds": [
             *         "structuring",
             *         "summarization",
             *         "question",
             *         "use_case",
             *         "creative"
             *       ],
             *       "shard_conversations": 128,
             *       "span_questions": 0,
             *       "top_k": 20,
             *       "verbatim_share": 0.5
             *     }
             */
            self_study: components["schemas"]["SelfStudySettings"];
            /**
             * @default {
             *       "accumulation": 1,
             *       "batch_tokens": 512,
             *       "checkpoint_every": 50,
             *       "final_learning_rate_share": 0.05,
             *       "gradient_clip": 1,
             *       "learning_rate": 0.02,
             *       "max_row_tokens": 512,
             *       "objective": "context_distillation",
             *       "patience": 4,
             *       "steps": 1000,
             *       "trained": "both",
             *       "validate_every": 25,
             *       "validation_conversations": 32,
             *       "warmup_steps": 20,
             *       "weight_cap": 4,
             *       "weight_floor": 0.1,
             *       "weighting": "context_gain"
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
         * ResidenciesOut
         * @description Those of the tenant's cartridges that are at hand anywhere.
         */
        ResidenciesOut: {
            /** Data */
            data: components["schemas"]["ResidencyOut"][];
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
        };
        /**
         * ResidencyOut
         * @description Where a cartridge is at hand: nowhere is no fault, the next question fetches it from the object store.
         */
        ResidencyOut: {
            /** Cartridge Id */
            cartridge_id: string;
            /** Name */
            name: string;
            /**
             * Object
             * @default residency
             * @constant
             */
            object: "residency";
            /** Places */
            places: components["schemas"]["PlaceOut"][];
        };
        /**
         * RetrainingSettings
         * @description How training goes where it starts from the cartridge of an earlier version of its corpus.
         */
        RetrainingSettings: {
            /**
             * Corrections
             * @description Train on what the earlier version was asked about what is gone, answered by what stands there now.
             * @default true
             */
            corrections: boolean;
            /**
             * From Previous
             * @description Start from the newest cartridge of another version of the corpus, of the same model and size, where most of the corpus is still there, and use its conversations again. False: train afresh.
             * @default true
             */
            from_previous: boolean;
            /**
             * Learning Rate Share
             * @description Share of training.learning_rate.
             * @default 1
             */
            learning_rate_share: number;
            /**
             * New Share
             * @description At least this share of what is trained on is about what is new; the rest repeats what has not changed.
             * @default 0.5
             */
            new_share: number;
            /**
             * Steps Share
             * @description Share of training's steps and budget: what has not changed is known.
             * @default 0.4
             */
            steps_share: number;
            /**
             * Weigh News
             * @description Each answer token about what is new counts by how far the earlier cartridge is from the teacher there, so that what has changed is learned first; training's weight_cap and weight_floor limit it. What is kept counts by its context gain, also where training.weighting is uniform. False: all of it counts as in training afresh.
             * @default true
             */
            weigh_news: boolean;
        };
        /**
         * ReuseOut
         * @description What was learned before: conversations about chunks that stayed are used again, answers about others corrected.
         */
        ReuseOut: {
            /** Cartridge Id */
            cartridge_id: string;
            /** Chunks Kept */
            chunks_kept: number;
            /** Chunks Written */
            chunks_written: number;
            /** Conversations */
            conversations: number;
            /** Corrections */
            corrections: number;
        };
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
             * @description How freely answers are sampled; low keeps them to the text.
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
             * @default 384
             */
            general_answers: number;
            /**
             * Generic Answers
             * @description How many answers are written to ready-made requests about a chunk.
             * @default 256
             */
            generic_answers: number;
            /**
             * Generic Temperature
             * @description How freely answers to ready-made requests are sampled.
             * @default 0.8
             */
            generic_temperature: number;
            /**
             * Min Teacher Logprob
             * @description A recitation that the teacher finds less likely (mean nats a token) is left out.
             * @default -8
             */
            min_teacher_logprob: number;
            /**
             * One Paragraph
             * @description Show the teacher one paragraph at a time.
             * @default true
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
             * @description How freely questions are sampled: more gives more variety and more nonsense.
             * @default 0.8
             */
            question_temperature: number;
            /**
             * @description Random sentences, gaps and names, answered by the bare words; or every fact of the corpus in turn, answered as a reply.
             * @default facts
             */
            recitation_kind: components["schemas"]["RecitationKind"];
            /**
             * Recitations
             * @description How many answers are read from the corpus instead of written.
             * @default 1536
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
            /**
             * Verbatim Share
             * @description How much of a recitation's target is the corpus's own word; the rest is what the teacher expects.
             * @default 0.5
             */
            verbatim_share: number;
        };
        /**
         * SessionOut
         * @description A person in a browser; the session itself is in a cookie that no script reads.
         * @example {
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "csrf_token": "3f0c9f...",
         *       "expires_at": "2026-12-01T09:00:00Z",
         *       "has_password": true,
         *       "id": "ses_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "object": "session",
         *       "person": {
         *         "email": "ann@example.com",
         *         "id": "per_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *         "name": "Ann",
         *         "object": "person"
         *       },
         *       "scopes": [
         *         "read",
         *         "write",
         *         "query",
         *         "admin"
         *       ],
         *       "tenant": {
         *         "id": "ten_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *         "name": "acme",
         *         "object": "joined_tenant",
         *         "role": "owner"
         *       },
         *       "tenants": [
         *         {
         *           "id": "ten_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *           "name": "acme",
         *           "object": "joined_tenant",
         *           "role": "owner"
         *         }
         *       ]
         *     }
         */
        SessionOut: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Csrf Token
             * @description To be sent as `X-CSRF-Token` with whatever changes something.
             */
            csrf_token: string;
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /**
             * Has Password
             * @description False where the OpenID provider alone opens the account.
             */
            has_password: boolean;
            /** Id */
            id: string;
            /**
             * Object
             * @default session
             * @constant
             */
            object: "session";
            person: components["schemas"]["PersonOut"];
            /**
             * Scopes
             * @description What the person's role is good for in this tenant.
             */
            scopes: components["schemas"]["Scope"][];
            /** @description The tenant that requests are for. Null: choose one. */
            tenant: components["schemas"]["JoinedTenantOut"] | null;
            /**
             * Tenants
             * @description All that the person is in, by name.
             */
            tenants: components["schemas"]["JoinedTenantOut"][];
        };
        /**
         * SignInIn
         * @example {
         *       "email": "ann@example.com",
         *       "password": "four words of chalk"
         *     }
         */
        SignInIn: {
            /** Email */
            email: string;
            /**
             * Password
             * Format: password
             */
            password: string;
        };
        /**
         * StageOut
         * @description A stage of one attempt.
         */
        StageOut: {
            /** Attempt */
            attempt: number;
            /** Finished At */
            finished_at?: string | null;
            /** Seconds */
            seconds?: number | null;
            /**
             * Stage
             * @description parse, self_study, baselines, train, evaluate or publish.
             */
            stage: string;
            /**
             * Started At
             * Format: date-time
             */
            started_at: string;
            /**
             * Status
             * @description `interrupted`: the attempt ended in it; a later one goes on from what was kept.
             * @enum {string}
             */
            status: "running" | "finished" | "interrupted";
        };
        /**
         * StageSecondsOut
         * @description `other`: reading the documents, making the cartridge to begin with, and both measurements.
         */
        StageSecondsOut: {
            /** Other */
            other: number;
            /** Self Study */
            self_study: number;
            /** Train */
            train: number;
        };
        /**
         * StagesOut
         * @description The stages in the order they began, those of earlier attempts included.
         */
        StagesOut: {
            cost: components["schemas"]["CostOut"];
            /** Data */
            data: components["schemas"]["StageOut"][];
            /**
             * Eta Seconds
             * @description Until the present stage ends, at its present speed.
             */
            eta_seconds: number | null;
            /**
             * Object
             * @default list
             * @constant
             */
            object: "list";
            /** @description Null where everything was made for this job. */
            reuse: components["schemas"]["ReuseOut"] | null;
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
         * TrainedPart
         * @description What of the prefix moves in training.
         * @enum {string}
         */
        TrainedPart: "both" | "keys" | "values";
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
             * Corpus Version
             * @description The version of the corpus to learn. Default: the present one.
             */
            corpus_version?: number | null;
            /**
             * Initialize From
             * @description A cartridge to start from instead of the recipe's initialization: to teach it what has changed.
             */
            initialize_from?: string | null;
            /**
             * Name
             * @description Default: the corpus's name.
             */
            name?: string | null;
            /**
             * @description Which of the tenant's jobs comes first; between tenants it changes nothing.
             * @default normal
             */
            priority: components["schemas"]["Priority"];
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
             *         "kind": "attention_matching",
             *         "reference_rows": 256,
             *         "ridge": 0.001
             *       },
             *       "retraining": {
             *         "corrections": true,
             *         "from_previous": true,
             *         "learning_rate_share": 1,
             *         "new_share": 0.5,
             *         "steps_share": 0.4,
             *         "weigh_news": true
             *       },
             *       "seed": 0,
             *       "self_study": {
             *         "answer_max_tokens": 64,
             *         "answer_temperature": 0.3,
             *         "batch_rows": 64,
             *         "chunk_max_tokens": 256,
             *         "chunk_min_tokens": 48,
             *         "conversations": 512,
             *         "general_answers": 384,
             *         "generic_answers": 256,
             *         "generic_temperature": 0.8,
             *         "min_teacher_logprob": -8,
             *         "one_paragraph": true,
             *         "question_max_tokens": 48,
             *         "question_temperature": 0.8,
             *         "recitation_kind": "facts",
             *         "recitations": 1536,
             *         "seed_prompt_kinds": [
             *           "structuring",
             *           "summarization",
             *           "question",
             *           "use_case",
             *           "creative"
             *         ],
             *         "shard_conversations": 128,
             *         "span_questions": 0,
             *         "top_k": 20,
             *         "verbatim_share": 0.5
             *       },
             *       "training": {
             *         "accumulation": 1,
             *         "batch_tokens": 512,
             *         "checkpoint_every": 50,
             *         "final_learning_rate_share": 0.05,
             *         "gradient_clip": 1,
             *         "learning_rate": 0.02,
             *         "max_row_tokens": 512,
             *         "objective": "context_distillation",
             *         "patience": 4,
             *         "steps": 1000,
             *         "trained": "both",
             *         "validate_every": 25,
             *         "validation_conversations": 32,
             *         "warmup_steps": 20,
             *         "weight_cap": 4,
             *         "weight_floor": 0.1,
             *         "weighting": "context_gain"
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
         *       "corpus_version": 3,
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "desired_state": "run",
         *       "id": "job_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "kind": "train",
         *       "last_event": 84,
         *       "name": "Handbook, first try",
         *       "object": "training_job",
         *       "priority": "normal",
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
             * Corpus Version
             * @description The version that it learns; unknown of old jobs.
             */
            corpus_version: number | null;
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
            /**
             * Initialize From
             * @description The cartridge that training starts from.
             */
            initialize_from: string | null;
            /** @description `preview`: ordered by the service itself for every version of a corpus, without training. */
            kind: components["schemas"]["JobKind"];
            /**
             * Last Event
             * @description Number of its last event: follow from here after reading the rest.
             */
            last_event: number;
            /** Name */
            name: string;
            /**
             * Object
             * @default training_job
             * @constant
             */
            object: "training_job";
            /** @description Which of the tenant's jobs comes first. */
            priority: components["schemas"]["Priority"];
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
            /**
             * Retry Of
             * @description The job that this one does again.
             */
            retry_of: string | null;
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
             * @default 512
             */
            batch_tokens: number;
            /**
             * Budget Seconds
             * @description Training ends after so many seconds of it, and the step size falls by their share.
             */
            budget_seconds?: number | null;
            /**
             * Budget Tokens
             * @description Training ends after so many tokens, and the step size falls by their share.
             */
            budget_tokens?: number | null;
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
            /**
             * @description Give the answers that the model gives with the text before it (context_distillation), or predict the text itself (next_token).
             * @default context_distillation
             */
            objective: components["schemas"]["Objective"];
            /**
             * Patience
             * @description Training ends after so many such losses without a new least one; 0: never.
             * @default 4
             */
            patience: number;
            /**
             * Steps
             * @description Optimizer steps, at most.
             * @default 1000
             */
            steps: number;
            /**
             * @description Whether keys, values or both move; what does not stays as it was initialized.
             * @default both
             */
            trained: components["schemas"]["TrainedPart"];
            /**
             * Validate Every
             * @description Steps between two losses on them.
             * @default 25
             */
            validate_every: number;
            /**
             * Validation Conversations
             * @description Synthesized apart, never trained on and not those that quality is measured with: the cartridge with the least loss on them is the one that is taken. 0: the last one.
             * @default 32
             */
            validation_conversations: number;
            /**
             * Warmup Steps
             * @description Steps over which the step size rises to its peak.
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
             * @default context_gain
             */
            weighting: components["schemas"]["LossWeighting"];
        };
        /**
         * UploadIn
         * @example {
         *       "name": "handbook/archive.zip",
         *       "size_bytes": 1200000
         *     }
         */
        UploadIn: {
            /**
             * Name
             * @description A relative path; its end tells the kind.
             */
            name: string;
            /**
             * Replace
             * @description Let a document of the same name give way.
             * @default false
             */
            replace: boolean;
            /**
             * Size Bytes
             * @description Bytes of the whole file.
             */
            size_bytes: number;
        };
        /**
         * UploadOut
         * @description A file on its way. All parts but the last have `part_bytes` bytes.
         * @example {
         *       "corpus_id": "crp_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "created_at": "2026-11-24T09:00:00Z",
         *       "document_id": "doc_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "expires_at": "2026-11-25T09:00:00Z",
         *       "id": "upl_01j9z3k4m5n6p7q8r9s0t1v2w3",
         *       "name": "handbook/archive.zip",
         *       "object": "upload",
         *       "part_bytes": 16777216,
         *       "parts": 1,
         *       "size_bytes": 1200000
         *     }
         */
        UploadOut: {
            /** Completed At */
            completed_at: string | null;
            /** Corpus Id */
            corpus_id: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Document Id
             * @description The document that the file becomes; it is `uploading` now.
             */
            document_id: string;
            /**
             * Expires At
             * Format: date-time
             * @description What is not complete by then is dropped.
             */
            expires_at: string;
            /** Id */
            id: string;
            /** Name */
            name: string;
            /**
             * Object
             * @default upload
             * @constant
             */
            object: "upload";
            /** Part Bytes */
            part_bytes: number;
            /** Parts */
            parts: number;
            /** Size Bytes */
            size_bytes: number;
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
        UsageOut: {
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
        /**
         * ValidationPointOut
         * @description The loss on conversations that are kept from training, to stop it by; those of the evaluation are others.
         */
        ValidationPointOut: {
            /**
             * Loss
             * @description Mean, nats a token.
             */
            loss: number;
            /** Step */
            step: number;
        };
        /**
         * WaysOut
         * @description How people sign in here.
         * @example {
         *       "object": "ways_to_sign_in",
         *       "oidc": "Example ID",
         *       "password": true
         *     }
         */
        WaysOut: {
            /**
             * Object
             * @default ways_to_sign_in
             * @constant
             */
            object: "ways_to_sign_in";
            /**
             * Oidc
             * @description The OpenID provider's name; null where there is none.
             */
            oidc: string | null;
            /**
             * Password
             * @default true
             */
            password: boolean;
        };
        /**
         * WorkOut
         * @description Tokens, and the seconds that they took, of all workers together.
         */
        WorkOut: {
            /**
             * Seconds
             * @default 0
             */
            seconds: number;
            /**
             * Tokens
             * @default 0
             */
            tokens: number;
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
            /** @description Invalid request */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
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
    change_password_v1_account_password_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionOut"];
                };
            };
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Wrong password; sign in again; not allowed; request of another page; no tenant chosen */
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
            /** @description Request too large */
            413: {
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
            /** @description Too many attempts; too many requests */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Signing in is not possible; database unavailable */
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
    list_sessions_v1_account_sessions_get: {
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
                    "application/json": components["schemas"]["ListOut_BrowserOut_"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    end_all_sessions_v1_account_sessions_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    end_session_v1_account_sessions__session_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    get_cartridge_v1_cartridges__cartridge_id__get: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
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
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            /** @description Request too large */
            413: {
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    get_residency_v1_cartridges__cartridge_id__residency_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
                    "application/json": components["schemas"]["ResidencyOut"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    chat_v1_chat_completions_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No such model; not found */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Cartridge of another model; text deleted */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request too large */
            413: {
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    create_corpus_v1_corpora_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A word of your own for this request. Sent again within a day, it gives the first answer. */
                "idempotency-key"?: string | null;
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
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
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Quota exceeded; not allowed; request of another page; no tenant chosen */
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
            /** @description Idempotency key reused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request too large */
            413: {
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
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
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            /** @description Request too large */
            413: {
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
                /** @description Only documents of this name. */
                name?: string | null;
                /** @description Only documents with this status. */
                status?: components["schemas"]["DocumentStatus"] | null;
                /** @description As this version of the corpus held them. */
                version?: number | null;
            };
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            query?: {
                /** @description Let documents of the same names give way, in the same version. */
                replace?: boolean;
            };
            header?: {
                /** @description A word of your own for this request. Sent again within a day, it gives the first answer. */
                "idempotency-key"?: string | null;
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path: {
                corpus_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description Texts, HTML, PDF, docx, data, source code; or zip and tar of such files. A file name may be a relative path. */
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Quota exceeded; not allowed; request of another page; no tenant chosen */
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
    get_document_v1_corpora__corpus_id__documents__document_id__get: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path: {
                corpus_id: string;
                document_id: string;
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
                    "application/json": components["schemas"]["DocumentOut"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    delete_document_v1_corpora__corpus_id__documents__document_id__delete: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    begin_upload_v1_corpora__corpus_id__uploads_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A word of your own for this request. Sent again within a day, it gives the first answer. */
                "idempotency-key"?: string | null;
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path: {
                corpus_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UploadIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UploadOut"];
                };
            };
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Quota exceeded; not allowed; request of another page; no tenant chosen */
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
            /** @description Document too large */
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
    list_versions_v1_corpora__corpus_id__versions_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                /** @description At most so many items. */
                limit?: number;
            };
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
                    "application/json": components["schemas"]["ListOut_CorpusVersionOut_"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    list_invitations_v1_invitations_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                /** @description At most so many items. */
                limit?: number;
            };
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
                    "application/json": components["schemas"]["ListOut_InvitationOut_"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    create_invitation_v1_invitations_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A word of your own for this request. Sent again within a day, it gives the first answer. */
                "idempotency-key"?: string | null;
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewInvitationOut"];
                };
            };
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            /** @description Request too large */
            413: {
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
    revoke_invitation_v1_invitations__invitation_id__delete: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path: {
                invitation_id: string;
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    accept_invitation_v1_invitations_accept_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptanceIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionOut"];
                };
            };
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description For somebody else; request of another page */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No such invitation */
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
            /** @description Request too large */
            413: {
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
            /** @description Too many attempts */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Signing in is not possible; database unavailable */
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
    preview_invitation_v1_invitations_preview_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationTokenIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationPreviewOut"];
                };
            };
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request of another page */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No such invitation */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request too large */
            413: {
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
            /** @description Too many attempts */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Signing in is not possible; database unavailable */
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    create_key_v1_keys_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A word of your own for this request. Sent again within a day, it gives the first answer. */
                "idempotency-key"?: string | null;
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
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
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            /** @description Idempotency key reused */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request too large */
            413: {
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
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
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            /** @description Request too large */
            413: {
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    list_members_v1_members_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                /** @description At most so many items. */
                limit?: number;
            };
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
                    "application/json": components["schemas"]["ListOut_MemberOut_"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    get_member_v1_members__member_id__get: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path: {
                member_id: string;
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
                    "application/json": components["schemas"]["MemberOut"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    remove_member_v1_members__member_id__delete: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path: {
                member_id: string;
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    change_member_v1_members__member_id__patch: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path: {
                member_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MemberChangeIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberOut"];
                };
            };
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            /** @description Request too large */
            413: {
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    get_model_v1_models__model_id__get: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No such model; not found */
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    list_residency_v1_residency_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
                    "application/json": components["schemas"]["ResidenciesOut"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    get_session_v1_session_get: {
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
                    "application/json": components["schemas"]["SessionOut"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    create_session_v1_session_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionOut"];
                };
            };
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request of another page */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request too large */
            413: {
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
            /** @description Too many attempts */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Signing in is not possible; database unavailable */
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
    delete_session_v1_session_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    start_oidc_v1_session_oidc_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OidcStartIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OidcStartOut"];
                };
            };
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request of another page */
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
            /** @description Request too large */
            413: {
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
            /** @description Too many attempts */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Provider unavailable; signing in is not possible; database unavailable */
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
    finish_oidc_v1_session_oidc_callback_get: {
        parameters: {
            query?: {
                /** @description Of the provider's. */
                code?: string | null;
                /** @description Of the provider's. */
                error?: string | null;
                /** @description Of the provider's. */
                iss?: string | null;
                /** @description Of the provider's. */
                state?: string | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not begun here */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request of another page */
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
            /** @description Too many attempts */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Signing in is not possible; database unavailable */
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
    choose_tenant_v1_session_tenant_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChosenTenantIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionOut"];
                };
            };
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            /** @description Request too large */
            413: {
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
    get_ways_v1_session_ways_get: {
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
                    "application/json": components["schemas"]["WaysOut"];
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    create_training_job_v1_training_jobs_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A word of your own for this request. Sent again within a day, it gives the first answer. */
                "idempotency-key"?: string | null;
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
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
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Quota exceeded; not allowed; request of another page; no tenant chosen */
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
            /** @description Request too large */
            413: {
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    list_conversations_v1_training_jobs__job_id__conversations_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                /** @description Only conversations of this kind. */
                kind?: string | null;
                /** @description At most so many items. */
                limit?: number;
                /** @description Words as they stand in a question or answer, in any case. */
                search?: string | null;
                /** @description Only those to train on, or to measure with. */
                stream?: ("train" | "held_out") | null;
            };
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
                    "application/json": components["schemas"]["ListOut_ConversationOut_"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    follow_training_job_v1_training_jobs__job_id__events_get: {
        parameters: {
            query?: {
                /** @description Begin after the event of this number. */
                after?: number;
            };
            header?: {
                /** @description As browsers send it; beats `after`. */
                "last-event-id"?: number | null;
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    list_history_v1_training_jobs__job_id__history_get: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                /** @description At most so many items. */
                limit?: number;
                /** @description Only events of these types. */
                type?: ("state" | "stage" | "progress" | "baselines" | "conversation" | "log")[];
            };
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
                    "application/json": components["schemas"]["ListOut_JobEventOut_"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    get_loss_v1_training_jobs__job_id__loss_get: {
        parameters: {
            query?: {
                /** @description At most so many points. */
                points?: number;
            };
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
                    "application/json": components["schemas"]["LossCurveOut"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    retry_training_job_v1_training_jobs__job_id__retry_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description A word of your own for this request. Sent again within a day, it gives the first answer. */
                "idempotency-key"?: string | null;
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path: {
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Quota exceeded; not allowed; request of another page; no tenant chosen */
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
    list_stages_v1_training_jobs__job_id__stages_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
                    "application/json": components["schemas"]["StagesOut"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    estimate_training_job_v1_training_jobs_estimate_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EstimateOut"];
                };
            };
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            /** @description Request too large */
            413: {
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
    list_uploads_v1_uploads_get: {
        parameters: {
            query?: {
                /** @description Only uploads to this corpus. */
                corpus_id?: string | null;
                /** @description `next_cursor` of the page before. */
                cursor?: string | null;
                /** @description At most so many items. */
                limit?: number;
            };
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
                    "application/json": components["schemas"]["ListOut_UploadOut_"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    get_upload_v1_uploads__upload_id__get: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path: {
                upload_id: string;
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
                    "application/json": components["schemas"]["UploadOut"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    abort_upload_v1_uploads__upload_id__delete: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path: {
                upload_id: string;
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
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    complete_upload_v1_uploads__upload_id__complete_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path: {
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CompletionIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentOut"];
                };
            };
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Quota exceeded; not allowed; request of another page; no tenant chosen */
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
            /** @description Request too large */
            413: {
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
    make_part_urls_v1_uploads__upload_id__part_urls_post: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path: {
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PartUrlsIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PartUrlsOut"];
                };
            };
            /** @description Body is not JSON; jSON nested too deeply */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            /** @description Request too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No such part; invalid request */
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
    list_parts_v1_uploads__upload_id__parts_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path: {
                upload_id: string;
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
                    "application/json": components["schemas"]["PartsOut"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
    send_part_v1_uploads__upload_id__parts__number__put: {
        parameters: {
            query?: never;
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
            path: {
                /** @description Counts from 1. */
                number: number;
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": string;
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PartOut"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
            /** @description No such part; wrong size; invalid request */
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
    get_usage_v1_usage_get: {
        parameters: {
            query?: {
                /** @description Default: 30 days before the last. */
                first_day?: string | null;
                /** @description Default: today. */
                last_day?: string | null;
            };
            header?: {
                /** @description The tenant that the request is for. Default: the key's, or the session's. */
                "x-tenant"?: string | null;
            };
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
                    "application/json": components["schemas"]["UsageOut"];
                };
            };
            /** @description Not authenticated; not signed in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not allowed; request of another page; no tenant chosen */
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
}
