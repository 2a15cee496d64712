/** Sends one file to a corpus: small ones in one request, large ones in parts that go on after a break. */
import { sha256 } from "@noble/hashes/sha2.js";

import { api, data } from "@/api/client";
import type { Upload } from "@/api/types";
import { newRequestKey } from "@/lib/random";

import { put } from "./put";
import type { Progress, SendFile } from "./queue";

const IN_ONE_REQUEST = 8 * 1024 ** 2;
const SLICE = 1024 ** 2;

export function sender(corpusId: string): SendFile {
  return (file, name, report, signal) =>
    file.size <= IN_ONE_REQUEST
      ? sendWhole(corpusId, file, name, report, signal)
      : sendInParts(corpusId, file, name, report, signal);
}

async function sendWhole(
  corpusId: string, file: File, name: string, report: (progress: Progress) => void, signal: AbortSignal,
): Promise<void> {
  const form = new FormData();
  form.append("files", file, name);
  await put("POST", `/v1/corpora/${corpusId}/documents`, form, {
    headers: { "Idempotency-Key": keyOf(file) },
    signal,
    onSent: (sent) => report(sent < file.size ? { sent } : { sent: file.size, finishing: true }),
  });
}

async function sendInParts(
  corpusId: string, file: File, name: string, report: (progress: Progress) => void, signal: AbortSignal,
): Promise<void> {
  const upload = (await openUpload(corpusId, file, name)) ?? (await beginUpload(corpusId, file, name));
  const arrived = await data(
    api.GET("/v1/uploads/{upload_id}/parts", { params: { path: { upload_id: upload.id } }, signal }),
  );
  const sizes = new Map(arrived.data.map((part) => [part.number, part.size_bytes]));
  const before = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  report({ sent: before, resumedAt: before });
  let done = before;
  // The digest goes over all bytes, those that arrived in an earlier session too.
  const digest = sha256.create();
  for (let number = 1; number <= upload.parts; number += 1) {
    const part = file.slice((number - 1) * upload.part_bytes, number * upload.part_bytes);
    await update(digest, part, signal);
    if (sizes.get(number) === part.size) continue;
    await put("PUT", `/v1/uploads/${upload.id}/parts/${number}`, part, {
      headers: { "Content-Type": "application/octet-stream" },
      signal,
      onSent: (sent) => report({ sent: done + sent }),
    });
    done += part.size;
  }
  report({ sent: file.size, finishing: true });
  const hex = Array.from(digest.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const path = { upload_id: upload.id };
  await data(api.POST("/v1/uploads/{upload_id}/complete", { params: { path }, body: { sha256: hex }, signal }));
}

/** The same file's upload that broke off, in this tab or before. */
async function openUpload(corpusId: string, file: File, name: string): Promise<Upload | undefined> {
  const query = { corpus_id: corpusId, limit: 100 };
  const open = await data(api.GET("/v1/uploads", { params: { query } }));
  return open.data.find((upload) => upload.name === name && upload.size_bytes === file.size);
}

function beginUpload(corpusId: string, file: File, name: string): Promise<Upload> {
  return data(
    api.POST("/v1/corpora/{corpus_id}/uploads", {
      params: { path: { corpus_id: corpusId } },
      body: { name, size_bytes: file.size, replace: false },
      headers: { "Idempotency-Key": keyOf(file) },
    }),
  );
}

/** In slices, between which the page goes on living. */
async function update(digest: { update(bytes: Uint8Array): unknown }, part: Blob, signal: AbortSignal): Promise<void> {
  for (let start = 0; start < part.size; start += SLICE) {
    signal.throwIfAborted();
    digest.update(new Uint8Array(await part.slice(start, start + SLICE).arrayBuffer()));
  }
}

const keys = new WeakMap<File, string>();

/** The same for every try of one file, so that an answer that was lost makes no second document. */
function keyOf(file: File): string {
  const key = keys.get(file) ?? newRequestKey();
  keys.set(file, key);
  return key;
}
