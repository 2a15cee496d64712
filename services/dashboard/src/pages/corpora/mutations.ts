import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";

import { api, data } from "@/api/client";
import type { Corpus, Document } from "@/api/types";
import { showDone } from "@/components/notify";
import { newRequestKey } from "@/lib/random";

export function useCreateCorpus() {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (name: string) =>
      data(api.POST("/v1/corpora", { body: { name }, headers: { "Idempotency-Key": newRequestKey() } })),
    meta: { ownErrors: true },
    onSuccess(corpus) {
      void queryClient.invalidateQueries({ queryKey: ["corpora"] });
      return navigate({ to: "/corpora/$corpusId", params: { corpusId: corpus.id } });
    },
  });
}

export function useRenameCorpus(corpus: Corpus, onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (name: string) =>
      data(api.PATCH("/v1/corpora/{corpus_id}", { params: { path: { corpus_id: corpus.id } }, body: { name } })),
    meta: { ownErrors: true },
    async onSuccess() {
      await queryClient.invalidateQueries({ queryKey: ["corpora"] });
      onDone();
    },
  });
}

export function useDeleteCorpus(corpus: Corpus) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () => data(api.DELETE("/v1/corpora/{corpus_id}", { params: { path: { corpus_id: corpus.id } } })),
    async onSuccess() {
      showDone(`${corpus.name} is deleted.`);
      await navigate({ to: "/corpora" });
      queryClient.removeQueries({ queryKey: ["corpora", corpus.id] });
      await queryClient.invalidateQueries({ queryKey: ["corpora"] });
    },
  });
}

export function useDeleteDocument(corpusId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (document: Document) =>
      data(
        api.DELETE("/v1/corpora/{corpus_id}/documents/{document_id}", {
          params: { path: { corpus_id: corpusId, document_id: document.id } },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["corpora"] }),
  });
}
