import { MantineProvider, localStorageColorSchemeManager } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect } from "react";

import { makeQueryClient } from "@/api/query-client";
import { session, subscribe } from "@/auth/session";

import { styleNonce } from "./nonce";
import { router } from "./router";
import { cssVariables, theme } from "./theme";

const queryClient = makeQueryClient();
// The same name is read by public/color-scheme.js.
const colorScheme = localStorageColorSchemeManager({ key: "cartridges.color-scheme" });

/** When the session ends, nothing of it stays in memory, and the page asks who one is. */
function useSessionEnd(): void {
  useEffect(
    () =>
      subscribe(() => {
        if (session() !== null) return;
        queryClient.clear();
        void router.invalidate();
      }),
    [],
  );
}

export function App() {
  useSessionEnd();
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      colorSchemeManager={colorScheme}
      getStyleNonce={styleNonce}
    >
      <QueryClientProvider client={queryClient}>
        <ModalsProvider>
          <Notifications position="bottom-right" />
          <RouterProvider router={router} />
        </ModalsProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}
