/** One queue for each corpus, for as long as the page lives: uploads go on while somebody looks at other pages. */
import type { QueryClient } from "@tanstack/react-query";

import { UploadQueue } from "./queue";
import { sender } from "./send";

const queues = new Map<string, UploadQueue>();

export function queueOf(corpusId: string, queryClient: QueryClient): UploadQueue {
  let queue = queues.get(corpusId);
  if (queue === undefined) {
    queue = new UploadQueue(sender(corpusId), () => {
      void queryClient.invalidateQueries({ queryKey: ["corpora"] });
    });
    queues.set(corpusId, queue);
  }
  return queue;
}

// A tab that is closed takes its uploads along; the browser asks first.
window.addEventListener("beforeunload", (event) => {
  if ([...queues.values()].some((queue) => queue.isActive)) event.preventDefault();
});
