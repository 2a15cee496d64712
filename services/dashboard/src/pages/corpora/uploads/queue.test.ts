import { describe, expect, it, vi } from "vitest";

import { ApiProblem, Unreachable } from "@/api/problems";

import { UploadQueue, type SendFile } from "./queue";

const file = (name: string, size = 4) => ({ file: new File(["x".repeat(size)], name), name });
const atOnce = () => Promise.resolve();
const refused = new ApiProblem(415, "document_type_unsupported", "Unsupported document type", "a.exe: no.");

async function settled(queue: UploadQueue): Promise<void> {
  await vi.waitFor(() => expect(queue.isActive).toBe(false));
}

describe("an upload queue", () => {
  it("sends three files at once and the others after them", async () => {
    let going = 0;
    let most = 0;
    const send: SendFile = async () => {
      going += 1;
      most = Math.max(most, going);
      await new Promise((resolve) => setTimeout(resolve, 5));
      going -= 1;
    };
    const arrived = vi.fn();
    const queue = new UploadQueue(send, arrived);
    queue.add(["a", "b", "c", "d", "e"].map((name) => file(name)));
    await settled(queue);
    expect(most).toBe(3);
    expect(queue.snapshot().map(({ state }) => state)).toEqual(Array(5).fill("done"));
    expect(arrived).toHaveBeenCalledTimes(5);
  });

  it("keeps each file's own error, and the others go on", async () => {
    const queue = new UploadQueue((_, name) => (name === "a.exe" ? Promise.reject(refused) : Promise.resolve()));
    queue.add([file("a.exe"), file("b.md")]);
    await settled(queue);
    expect(queue.snapshot()).toMatchObject([{ state: "failed", error: refused }, { state: "done", error: null }]);
  });

  it("does not ask again for what was refused, and does for what passes", async () => {
    const send = vi.fn<SendFile>().mockRejectedValueOnce(new Unreachable(null)).mockResolvedValue();
    const queue = new UploadQueue(send, () => {}, atOnce);
    queue.add([file("a.md")]);
    await settled(queue);
    expect(send).toHaveBeenCalledTimes(2);
    send.mockClear().mockRejectedValue(refused);
    queue.add([file("b.exe")]);
    await settled(queue);
    expect(send).toHaveBeenCalledTimes(1);
  });

  it("gives up in the end, and tries again when asked", async () => {
    const send = vi.fn<SendFile>().mockRejectedValue(new Unreachable(null));
    const queue = new UploadQueue(send, () => {}, atOnce);
    queue.add([file("a.md")]);
    await settled(queue);
    expect(send).toHaveBeenCalledTimes(4);
    send.mockResolvedValue();
    queue.retryFailed();
    await settled(queue);
    expect(queue.snapshot()[0]).toMatchObject({ state: "done", error: null });
  });

  it("stops a file that is cancelled, for good", async () => {
    const send: SendFile = (_file, _name, report, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          report({ sent: 2 });
          reject(new DOMException("aborted", "AbortError"));
        });
      });
    const queue = new UploadQueue(send);
    queue.add([file("a.md")]);
    queue.cancel(queue.snapshot()[0]!.id);
    await settled(queue);
    expect(queue.snapshot()[0]).toMatchObject({ state: "cancelled", sent: 0 });
    queue.clearEnded();
    expect(queue.snapshot()).toEqual([]);
  });
});
