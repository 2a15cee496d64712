import { Button, PasswordInput, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";

import { signInWithKey } from "@/auth/actions";
import { CopyableCode } from "@/components/CopyableCode";
import { ErrorNotice } from "@/components/ErrorNotice";

export function KeyForm({ onSignedIn }: { onSignedIn: () => void }) {
  const form = useForm({
    initialValues: { apiKey: "" },
    validate: { apiKey: (key) => (key.trim().startsWith("ck_") ? null : "An API key begins with ck_") },
  });
  const signIn = useMutation({
    mutationFn: ({ apiKey }: { apiKey: string }) => signInWithKey(apiKey.trim()),
    meta: { ownErrors: true },
    onSuccess: onSignedIn,
  });
  return (
    <form onSubmit={form.onSubmit((values) => signIn.mutate(values))}>
      <Stack>
        <PasswordInput
          label="API key"
          placeholder="ck_…"
          description="Stays in this tab until you close it or sign out, and is sent to this server alone."
          autoComplete="off"
          spellCheck={false}
          {...form.getInputProps("apiKey")}
        />
        {signIn.isError && <ErrorNotice error={signIn.error} />}
        <Button type="submit" loading={signIn.isPending} fullWidth>
          Sign in
        </Button>
        <div>
          <Text size="sm" c="dimmed" mb={6}>
            No key yet? <code>make up</code> prints one when it first starts a stack. Or make one there:
          </Text>
          <CopyableCode code=".venv/bin/cartridges key create --tenant demo" label="command" />
        </div>
      </Stack>
    </form>
  );
}
