import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { UseMutationResult } from "@tanstack/react-query";
import { useEffect } from "react";

import { fieldErrors } from "@/api/problems";
import { ErrorNotice } from "@/components/ErrorNotice";

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  label: string;
  placeholder?: string;
  verb: string;
  initial?: string;
  mutation: UseMutationResult<unknown, Error, string>;
}

/** Asks for a name. */
export function NameDialog({ opened, onClose, title, label, placeholder, verb, initial = "", mutation }: Props) {
  const form = useForm({
    initialValues: { name: initial },
    validate: { name: (name) => (name.trim() === "" ? "Give it a name" : null) },
  });
  const { reset, setFieldValue } = form;
  const { reset: forget } = mutation;
  useEffect(() => {
    if (!opened) return;
    reset();
    setFieldValue("name", initial);
    forget();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- each time it is opened, and only then
  }, [opened]);
  const wrong = fieldErrors(mutation.error).name;
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <form onSubmit={form.onSubmit(({ name }) => mutation.mutate(name.trim()))}>
        <Stack>
          <TextInput
            label={label}
            placeholder={placeholder}
            maxLength={200}
            data-autofocus
            {...form.getInputProps("name")}
            error={form.errors.name ?? wrong}
          />
          {mutation.isError && wrong === undefined && <ErrorNotice error={mutation.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={mutation.isPending}>
              {verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
