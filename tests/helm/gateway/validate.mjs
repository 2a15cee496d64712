// Reads one HTTPRoute from standard input and says what the Gateway API's definition has against it.
import { readFileSync } from "node:fs";
import { HTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1";

try {
  new HTTPRoute(JSON.parse(readFileSync(0, "utf8"))).validate();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
