import { ActionIcon, Alert, Button, Checkbox, Group, MultiSelect, NumberInput, Paper, Stack, Text, Textarea } from "@mantine/core";
import { IconEraser, IconMessages, IconPlayerStopFilled, IconSend2 } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

import { api, data } from "@/api/client";
import { cartridgesQuery } from "@/api/queries";
import { useHolds, useMay } from "@/auth/scopes";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { PageHeader } from "@/components/PageHeader";
import { Panel } from "@/components/Panel";

import { AnswerCard } from "./AnswerCard";
import styles from "./Playground.module.css";
import { bodyOf, type Settings, type System } from "./request";
import { RequestForms } from "./RequestForms";
import { historyOf, useConversations } from "./useConversations";

const FIRST_SETTINGS: Settings = { temperature: 0, maxTokens: 128, seed: null, relevantOnly: false };

const modelsQuery = {
  queryKey: ["models"],
  queryFn: async () => (await data(api.GET("/v1/models"))).data,
  staleTime: 60_000,
};

export function PlaygroundPage() {
  const navigate = useNavigate();
  const { cartridges: chosen = [] } = useSearch({ from: "/signed-in/playground" });
  const cartridges = useInfiniteQuery(cartridgesQuery());
  const models = useQuery({ ...modelsQuery, enabled: useHolds("query") });
  const mayAsk = useMay("query");
  const [compare, setCompare] = useState<System[]>(["none", "icl"]);
  const [settings, setSettings] = useState(FIRST_SETTINGS);
  const [question, setQuestion] = useState("");
  const { turns, say, stop, clear, busy } = useConversations();

  // The base model is the one name of the list that belongs to no tenant.
  const baseModel = models.data?.find(({ id }) => !/:(ctg|crp)_/.test(id))?.id ?? "";
  const known = cartridges.data ?? [];
  const names = new Map(known.map(({ id, name }) => [id, name]));
  const systems: System[] = [
    ...(chosen.length > 0 ? (["cartridge"] as const) : []),
    ...(compare.includes("none") || chosen.length === 0 ? (["none"] as const) : []),
    ...(compare.includes("icl") && chosen.length > 0 ? (["icl"] as const) : []),
  ];
  const asked = { baseModel, cartridges: chosen, systems, settings };

  const choose = (ids: string[]) => {
    clear();
    void navigate({ to: "/playground", search: ids.length === 0 ? {} : { cartridges: ids }, replace: true });
  };
  const submit = () => {
    const text = question.trim();
    if (text === "" || busy || baseModel === "") return;
    setQuestion("");
    say(text, asked, turns);
  };
  /** What is being written, or else what was asked last, with what was said before it. */
  const messages = (system: System) => {
    const written = question.trim();
    const before = written === "" ? turns.slice(0, -1) : turns;
    const content = written || turns.at(-1)?.question || "What is the text about?";
    return [...historyOf(before, system), { role: "user" as const, content }];
  };

  return (
    <>
      <PageHeader
        title="Playground"
        description="Ask a cartridge, and see beside it what the model says with nothing, and with the whole text in its prompt."
      />
      {cartridges.isError && <ErrorNotice error={cartridges.error} retry={() => void cartridges.refetch()} />}
      {models.isError && <ErrorNotice error={models.error} retry={() => void models.refetch()} />}
      <div className={styles.page}>
        <div className={styles.side}>
          <Panel title="Ask with">
            <Stack gap="sm">
              <MultiSelect
                label="Cartridges"
                description="Several stand before the question in this order."
                placeholder={chosen.length === 0 ? "Choose one or several" : undefined}
                nothingFoundMessage="No such cartridge"
                data={known.map(({ id, kind, name }) => ({ value: id, label: kind === "preview" ? `${name} (preview)` : name }))}
                value={chosen}
                onChange={choose}
                maxValues={8}
                searchable
                clearable
              />
              <Checkbox
                label="Only the relevant ones"
                description="Those that the question's words are about, or else the conversation's; maybe none"
                checked={settings.relevantOnly}
                disabled={chosen.length === 0}
                onChange={(event) => {
                  const relevantOnly = event.currentTarget.checked;
                  setSettings((before) => ({ ...before, relevantOnly }));
                }}
              />
              <Checkbox.Group label="Beside it" value={compare} onChange={(value) => setCompare(value)}>
                <Stack gap={8} mt={6}>
                  <Checkbox value="none" label="No context" description="The model alone" />
                  <Checkbox value="icl" label="ICL" description="The cartridges' texts in the prompt" disabled={chosen.length === 0} />
                </Stack>
              </Checkbox.Group>
              <Group grow gap="sm">
                <NumberInput
                  label="Temperature"
                  min={0}
                  max={2}
                  step={0.1}
                  value={settings.temperature}
                  onChange={(value) => setSettings((before) => ({ ...before, temperature: Number(value) || 0 }))}
                />
                <NumberInput
                  label="Longest answer"
                  min={1}
                  max={4096}
                  step={32}
                  allowDecimal={false}
                  value={settings.maxTokens}
                  onChange={(value) => setSettings((before) => ({ ...before, maxTokens: Number(value) || 1 }))}
                />
              </Group>
              <Text size="xs" c="dimmed">
                At temperature 0 the likeliest word is taken each time.
              </Text>
            </Stack>
          </Panel>
        </div>
        <div className={styles.main}>
          {turns.length === 0 && cartridges.isSuccess && known.length === 0 && (
            <EmptyState
              icon={IconMessages}
              title="No cartridge to ask yet"
              action={
                <Button component={Link} to="/jobs">
                  Train one
                </Button>
              }
              command='cartridges chat "What can you do?"'
            >
              You can ask the bare model below. A cartridge makes it know a text; train one and come back.
            </EmptyState>
          )}
          {turns.length === 0 && known.length > 0 && (
            <Paper p="lg">
              <Text fw={550}>{chosen.length === 0 ? "Choose a cartridge, or ask the bare model" : "Ask something that only the text knows"}</Text>
              <Text c="dimmed" mt={4}>
                {chosen.length === 0
                  ? "With a cartridge chosen, the same question goes to three ways of asking at once: the cartridge, no context, and ICL."
                  : "Names, numbers and dates show best what a cartridge keeps. Each answer comes with its tokens, the time to its first token and the KV cache it held."}
              </Text>
            </Paper>
          )}
          <Turns turns={turns} systems={systems} names={names} />
          {!mayAsk && (
            <Alert color="amber" title="You may not ask">
              Asking needs the scope query. Sign in with a key that has it, or ask an admin of your tenant.
            </Alert>
          )}
          <form
            className={styles.ask}
            onSubmit={(event) => {
              event.preventDefault();
              submit();
            }}
          >
            <Textarea
              flex={1}
              aria-label="Your question"
              placeholder="Ask a question"
              autosize
              minRows={1}
              maxRows={8}
              value={question}
              onChange={(event) => setQuestion(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
                  event.preventDefault();
                  submit();
                }
              }}
            />
            {busy ? (
              <Button variant="default" leftSection={<IconPlayerStopFilled size={14} aria-hidden />} onClick={stop}>
                Stop
              </Button>
            ) : (
              <Button type="submit" leftSection={<IconSend2 size={16} aria-hidden />} disabled={!mayAsk || baseModel === "" || question.trim() === ""}>
                Ask
              </Button>
            )}
            {turns.length > 0 && !busy && (
              <ActionIcon size={36} variant="default" aria-label="Begin a new conversation" title="Begin a new conversation" onClick={clear}>
                <IconEraser size={16} stroke={1.7} />
              </ActionIcon>
            )}
          </form>
          {baseModel !== "" && (
            <RequestForms
              systems={systems}
              bodyOf={(system) => bodyOf({ baseModel, cartridges: chosen, system, messages: messages(system), settings })}
            />
          )}
        </div>
      </div>
    </>
  );
}

interface TurnsProps {
  turns: ReturnType<typeof useConversations>["turns"];
  systems: System[];
  /** Of cartridges, by their ids. */
  names: ReadonlyMap<string, string>;
}

function Turns({ turns, systems, names }: TurnsProps) {
  const end = useRef<HTMLDivElement>(null);
  const count = turns.length;
  useEffect(() => {
    if (count > 0) end.current?.scrollIntoView({ block: "nearest" });
  }, [count]);
  return (
    <div className={styles.turns} aria-live="polite" aria-relevant="additions">
      {turns.map(({ id, question, answers }) => (
        <section key={id} className={styles.turn} aria-label={question}>
          <Text fw={600} className={styles.question}>
            {question}
          </Text>
          <div className={styles.answers}>
            {(Object.keys(answers) as System[])
              .toSorted((a, b) => systems.indexOf(a) - systems.indexOf(b))
              .map((system) => (
                <AnswerCard key={system} system={system} answer={answers[system]!} names={names} />
              ))}
          </div>
        </section>
      ))}
      {count > 0 && <div ref={end} />}
    </div>
  );
}
