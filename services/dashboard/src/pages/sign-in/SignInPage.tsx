import { Alert, Anchor, Button, Center, Group, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDocumentTitle } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";

import { explain } from "@/api/problems";
import { BrandMark } from "@/app/Brand";
import { ColorSchemeToggle } from "@/app/ColorSchemeToggle";
import { whySignedOut } from "@/auth/session";
import { CopyableCode } from "@/components/CopyableCode";
import { ErrorNotice } from "@/components/ErrorNotice";

import { signInWithKey } from "./sign-in";
import styles from "./SignInPage.module.css";

/** The first page: an API key opens the dashboard of its tenant. */
export function SignInPage() {
  useDocumentTitle("Sign in · Cartridges");
  const { next } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const ended = whySignedOut();
  const form = useForm({
    initialValues: { apiKey: "" },
    validate: { apiKey: (key) => (key.trim().startsWith("ck_") ? null : "An API key begins with ck_") },
  });
  const signIn = useMutation({
    mutationFn: ({ apiKey }: { apiKey: string }) => signInWithKey(apiKey.trim()),
    meta: { ownErrors: true },
    onSuccess: () => navigate({ href: next ?? "/" }),
  });

  return (
    <main className={styles.page}>
      <div className={styles.corner}>
        <ColorSchemeToggle />
      </div>
      <Center mih="100vh" p="md">
        <Stack w="100%" maw={400} gap="lg">
          <Group gap="sm" className={styles.brand}>
            <BrandMark />
            <Text fw={650} fz="lg">
              Cartridges
            </Text>
          </Group>
          <div>
            <Title order={1}>Sign in</Title>
            <Text c="dimmed">With an API key of your tenant.</Text>
          </div>
          {ended !== null && (
            <Alert color="amber" title="You were signed out">
              {explain(ended).detail}
            </Alert>
          )}
          <Paper p="lg">
            <form onSubmit={form.onSubmit((values) => signIn.mutate(values))}>
              <Stack>
                <PasswordInput
                  label="API key"
                  placeholder="ck_…"
                  description="Stays in this tab until you close it or sign out, and is sent to this server alone."
                  autoComplete="off"
                  spellCheck={false}
                  data-autofocus
                  {...form.getInputProps("apiKey")}
                />
                {signIn.isError && <ErrorNotice error={signIn.error} />}
                <Button type="submit" loading={signIn.isPending} fullWidth>
                  Sign in
                </Button>
              </Stack>
            </form>
          </Paper>
          <Stack gap={6}>
            <Text size="sm" c="dimmed">
              No key yet? On the machine that runs the stack, <code>make up</code> prints one. Or make one:
            </Text>
            <CopyableCode code=".venv/bin/cartridges key create" label="command" />
            <Anchor size="sm" href="/docs">
              API reference
            </Anchor>
          </Stack>
        </Stack>
      </Center>
    </main>
  );
}
