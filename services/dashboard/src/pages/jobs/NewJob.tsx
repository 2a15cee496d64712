import { Accordion, Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { api, data } from "@/api/client";
import { fieldErrors } from "@/api/problems";
import { corporaQuery } from "@/api/queries";
import type { Recipe, TrainingJob } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { showDone } from "@/components/notify";
import { newRequestKey } from "@/lib/random";

import { EstimateLine } from "./EstimateLine";
import { recipeOf, SETTING_GROUPS, valuesOf, type RecipeValues, type Setting } from "./recipe";
import { SettingField } from "./SettingField";

/** What most people change; everything else is under "All settings". */
const FIRST = ["cartridge_tokens", "self_study.conversations", "self_study.recitations", "training.steps", "evaluation.min_gap_closed"];
const PRIORITIES: { value: Priority; label: string }[] = [
  { value: "high", label: "High: before the others" },
  { value: "normal", label: "Normal" },
  { value: "low", label: "Low: when nothing else waits" },
];
const BY_PATH = new Map(SETTING_GROUPS.flatMap(({ settings }) => settings.map((setting) => [setting.path, setting] as const)));

type Priority = TrainingJob["priority"];

interface Props {
  corpusId: string | null;
  name?: string;
  /** What to begin with: the recipe of a job or cartridge before. */
  recipe?: RecipeValues;
  onClose: () => void;
}

/** Starts a training job: a corpus, and a recipe whose every setting says what it does. */
export function NewJob({ corpusId, name: firstName = "", recipe = {}, onClose }: Props) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const corpora = useInfiniteQuery(corporaQuery);
  const [corpus, setCorpus] = useState(corpusId);
  const [name, setName] = useState(firstName);
  const [priority, setPriority] = useState<Priority>("normal");
  const [values, setValues] = useState(() => valuesOf(recipe));
  const [key] = useState(() => newRequestKey());
  const start = useMutation({
    mutationFn: () =>
      data(
        api.POST("/v1/training-jobs", {
          body: { corpus_id: corpus ?? "", name: name.trim() || null, priority, recipe: recipeOf(values) as Recipe },
          headers: { "Idempotency-Key": key },
        }),
      ),
    meta: { ownErrors: true },
    onSuccess: (job) => {
      void client.invalidateQueries({ queryKey: ["jobs"] });
      showDone("The job is queued.");
      void navigate({ to: "/jobs/$jobId", params: { jobId: job.id } });
    },
  });
  const errors = fieldErrors(start.error);
  const field = (setting: Setting) => (
    <SettingField
      key={setting.path}
      setting={setting}
      value={values[setting.path]}
      error={errors[`recipe.${setting.path}`]}
      onChange={(value) => setValues((before) => ({ ...before, [setting.path]: value }))}
    />
  );
  return (
    <Modal opened onClose={onClose} title="Start a training job" size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          start.mutate();
        }}
      >
        <Stack>
          <Select
            label="Corpus"
            description="The text that the cartridge is to stand for."
            placeholder={corpora.isPending ? "Loading…" : "Choose a corpus"}
            nothingFoundMessage="No corpus; create one and upload files first"
            data={(corpora.data ?? []).map((each) => ({ value: each.id, label: each.name }))}
            value={corpus}
            onChange={setCorpus}
            error={errors.corpus_id}
            searchable
            required
          />
          <TextInput
            label="Name"
            description="Of the job and of its cartridge; the corpus's name unless you give one."
            value={name}
            maxLength={200}
            error={errors.name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label="Priority"
            description="Which of your own jobs comes first; other tenants' jobs are not affected."
            data={PRIORITIES}
            value={priority}
            onChange={(chosen) => setPriority((chosen ?? "normal"))}
            error={errors.priority}
            allowDeselect={false}
          />
          {FIRST.map((path) => BY_PATH.get(path)).filter((setting) => setting !== undefined).map(field)}
          <Accordion variant="separated" order={3} keepMounted={false}>
            <Accordion.Item value="all">
              <Accordion.Control>All settings</Accordion.Control>
              <Accordion.Panel>
                <Stack>
                  {SETTING_GROUPS.map(({ label, settings }) => {
                    const others = settings.filter(({ path }) => !FIRST.includes(path));
                    if (others.length === 0) return null;
                    return (
                      <Stack key={label} gap="sm">
                        <Text fw={600} component="h4" m={0}>
                          {label}
                        </Text>
                        {others.map(field)}
                      </Stack>
                    );
                  })}
                </Stack>
              </Accordion.Panel>
            </Accordion.Item>
          </Accordion>
          {corpus !== null && <EstimateLine corpusId={corpus} recipe={recipeOf(values)} />}
          {start.isError && <ErrorNotice error={start.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Not now
            </Button>
            <Button type="submit" loading={start.isPending} disabled={corpus === null}>
              Start the job
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
