import { Alert, Button, Checkbox, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";

import { fieldErrors } from "@/api/problems";
import type { ApiKey, NewApiKey, Scope } from "@/api/types";
import { CopyableCode } from "@/components/CopyableCode";
import { ErrorNotice } from "@/components/ErrorNotice";

import { useCreateKey, useRotateKey } from "./mutations";
import { endAfter, GRACES, LIFETIMES, SCOPES, USUAL } from "./scopes";

export function CreateKeyDialog({ onClose, onMade }: { onClose: () => void; onMade: (key: NewApiKey) => void }) {
  const create = useCreateKey(onMade);
  const form = useForm({
    initialValues: { name: "", scopes: USUAL, days: "90" },
    validate: {
      name: (name) => (name.trim() === "" ? "Say what it is for" : null),
      scopes: (scopes) => (scopes.length === 0 ? "Choose one at least" : null),
    },
  });
  const wrong = fieldErrors(create.error);
  return (
    <Modal opened onClose={onClose} title="New API key">
      <form
        onSubmit={form.onSubmit(({ name, scopes, days }) =>
          create.mutate({ name: name.trim(), scopes, expires_at: endAfter(days) }),
        )}
      >
        <Stack>
          <TextInput
            label="Name"
            description="What it is for, such as the program that uses it."
            placeholder="nightly import"
            data-autofocus
            maxLength={200}
            {...form.getInputProps("name")}
            error={form.errors.name ?? wrong.name}
          />
          <Checkbox.Group
            label="Scopes"
            description="None includes another."
            {...form.getInputProps("scopes")}
            onChange={(scopes) => form.setFieldValue("scopes", scopes as Scope[])}
          >
            <Stack gap="xs" mt="xs">
              {SCOPES.map(({ value, label, hint }) => (
                <Checkbox key={value} value={value} label={label} description={hint} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Select label="Ends" data={LIFETIMES} allowDeselect={false} {...form.getInputProps("days")} />
          {create.isError && <ErrorNotice error={create.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Make the key
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface RotateProps {
  apiKey: ApiKey;
  onClose: () => void;
  onMade: (key: NewApiKey) => void;
}

export function RotateKeyDialog({ apiKey, onClose, onMade }: RotateProps) {
  const [grace, setGrace] = useState("86400");
  const rotate = useRotateKey(onMade);
  return (
    <Modal opened onClose={onClose} title={`Rotate ${apiKey.name}`}>
      <Stack>
        <Text>
          Makes a key with the same name, scopes and end. The old one works on for a while, so that whatever uses it can
          change over.
        </Text>
        <Select
          label="The old key ends"
          data={GRACES}
          value={grace}
          allowDeselect={false}
          onChange={(value) => setGrace(value ?? grace)}
        />
        {rotate.isError && <ErrorNotice error={rotate.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={rotate.isPending} onClick={() => rotate.mutate({ key: apiKey, grace: Number(grace) })}>
            Rotate
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** The one time that a key's text is shown. */
export function NewKeyDialog({ apiKey, onClose }: { apiKey: NewApiKey; onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title={`The key ${apiKey.name}`} closeOnClickOutside={false} size="lg">
      <Stack>
        <Alert color="amber" title="Copy it now">
          Only a hash of it is kept: it is not shown again.
        </Alert>
        <CopyableCode code={apiKey.key} label="API key" />
        <Text size="sm" c="dimmed">
          To use it in a terminal:
        </Text>
        <CopyableCode
          code={`export CARTRIDGES_API_URL=${window.location.origin}\nexport CARTRIDGES_API_KEY=${apiKey.key}`}
          label="commands"
        />
        <Group justify="flex-end">
          <Button onClick={onClose}>I have copied it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
