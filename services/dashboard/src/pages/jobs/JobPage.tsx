import { Alert, Anchor, Badge, Button, Group, SimpleGrid, Stack, Tabs, Text } from "@mantine/core";
import { IconAlertTriangle, IconArrowRight, IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";

import { api, data } from "@/api/client";
import type { LossCurve, TrainingJob } from "@/api/types";
import { useMay } from "@/auth/scopes";
import { confirmDanger } from "@/components/confirm";
import { CopyButton } from "@/components/CopyButton";
import { ErrorNotice } from "@/components/ErrorNotice";
import { showDone } from "@/components/notify";
import { PageHeader } from "@/components/PageHeader";
import { PageSkeleton } from "@/components/PageSkeleton";
import { Panel } from "@/components/Panel";
import { RelativeTime } from "@/components/RelativeTime";
import { StatCard } from "@/components/StatCard";
import { StatusBadge } from "@/components/StatusBadge";
import type { Connection } from "@/lib/follow";
import { formatCount, formatDuration, formatPercent, secondsBetween } from "@/lib/format";
import { newRequestKey } from "@/lib/random";

import { Conversations } from "./Conversations";
import { failureAdvice } from "./failures";
import { History } from "./History";
import type { Live, Progress } from "./live";
import { LossChart } from "./LossChart";
import { ENDED, lossQuery, stagesQuery } from "./queries";
import { RecipeView } from "./RecipeView";
import { STAGES } from "./stages";
import { StageTrack } from "./StageTrack";
import { useLiveJob } from "./useLiveJob";

export function JobPage() {
  const { jobId } = useParams({ from: "/signed-in/jobs/$jobId" });
  // Another job is another page: nothing of the one before is left on it.
  return <OneJob key={jobId} jobId={jobId} />;
}

function OneJob({ jobId }: { jobId: string }) {
  const { live, job, error, retry } = useLiveJob(jobId);
  const stages = useQuery(stagesQuery(jobId));
  const loss = useQuery(lossQuery(jobId));
  if (job === undefined) {
    return error == null ? <PageSkeleton /> : <ErrorNotice error={error} retry={retry} />;
  }
  const running = !ENDED.includes(job.state);
  return (
    <>
      <PageHeader
        title={job.name}
        back={{ to: "/jobs", label: "Training jobs" }}
        aside={
          <Group gap="xs" wrap="nowrap">
            {job.kind === "preview" && <StatusBadge status={job.kind} />}
            <StatusBadge status={job.state} />
            {running && <ConnectionBadge connection={live.connection} />}
          </Group>
        }
        actions={<Actions job={job} />}
        description={<Origin job={job} />}
      />
      <Stack gap="lg">
        {job.state === "failed" && <Failure job={job} />}
        {running && job.desired_state === "cancel" && (
          <Alert color="amber" title="The job is being cancelled">
            It stops within seconds. What it has written so far stays readable here.
          </Alert>
        )}
        <Panel title="Stages">
          <StageTrack stages={stages.data ?? []} job={job} />
          <Reused job={job} />
        </Panel>
        {job.kind === "train" && <Figures job={job} live={live} />}
        {job.kind === "train" && <Panel
          title="Loss"
          description="How far the cartridge's answers are from those given with the text at hand, in nats a token: lower is better. The two levels are of conversations that are never trained on: without a cartridge, and with the whole text, which is what it strives for."
        >
          {loss.isError && <ErrorNotice error={loss.error} retry={() => void loss.refetch()} />}
          {live.points.length > 0 || loss.data?.baselines != null ? (
            <>
              <LossChart points={live.points} validation={live.validation} baselines={loss.data?.baselines ?? null} steps={stepsShown(live, loss.data?.steps)} />
              <Ended curve={loss.data} job={job} />
            </>
          ) : (
            <Text c="dimmed" py="md">
              {running ? "The curve begins with training, after self-study and the baselines." : "This job ended before training began."}
            </Text>
          )}
        </Panel>}
        <Panel title="Details">
          <Tabs defaultValue={job.kind === "train" ? "conversations" : "log"} keepMounted={false}>
            <Tabs.List mb="md">
              {job.kind === "train" && <Tabs.Tab value="conversations">Conversations</Tabs.Tab>}
              <Tabs.Tab value="log">Log</Tabs.Tab>
              {job.kind === "train" && <Tabs.Tab value="recipe">Recipe</Tabs.Tab>}
            </Tabs.List>
            <Tabs.Panel value="conversations">
              <Conversations jobId={jobId} running={running} />
            </Tabs.Panel>
            <Tabs.Panel value="log">
              <History jobId={jobId} />
            </Tabs.Panel>
            <Tabs.Panel value="recipe">
              <RecipeView recipe={job.recipe} />
            </Tabs.Panel>
          </Tabs>
        </Panel>
      </Stack>
    </>
  );
}

const CONNECTIONS: Partial<Record<Connection, { label: string; color: string; title: string }>> = {
  live: { label: "Live", color: "lagoon", title: "What happens is shown as it happens" },
  connecting: { label: "Connecting", color: "gray", title: "Opening the stream of events" },
  waiting: { label: "Reconnecting", color: "amber", title: "The connection broke; it goes on where it was, nothing is lost" },
  failed: { label: "Not live", color: "rose", title: "The events cannot be followed; reload the page to try again" },
};

function ConnectionBadge({ connection }: { connection: Connection }) {
  const look = CONNECTIONS[connection];
  if (look === undefined) return null;
  return (
    <Badge variant="dot" color={look.color} title={look.title} role="status">
      {look.label}
    </Badge>
  );
}

function Origin({ job }: { job: TrainingJob }) {
  return (
    <Group gap={6} component="span">
      <Anchor component={Link} to={`/corpora/${job.corpus_id}`} inherit>
        Its corpus
      </Anchor>
      · {job.base_model} · ordered <RelativeTime at={job.created_at} />
      {job.priority !== "normal" && <>· {job.priority} priority</>}
      {job.retry_of != null && (
        <>
          ·{" "}
          <Anchor component={Link} to={`/jobs/${job.retry_of}`} inherit>
            the job before
          </Anchor>
        </>
      )}
      <CopyButton value={job.id} label="Copy the job's id" />
    </Group>
  );
}

function Actions({ job }: { job: TrainingJob }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const may = useMay("write");
  const params = { params: { path: { job_id: job.id } } };
  const cancel = useMutation({
    mutationFn: () => data(api.POST("/v1/training-jobs/{job_id}/cancel", params)),
    onSuccess: (now) => {
      client.setQueryData(["job", job.id], now);
      showDone("The job is being cancelled.");
    },
  });
  const again = useMutation({
    mutationFn: (key: string) =>
      data(api.POST("/v1/training-jobs/{job_id}/retry", { ...params, headers: { "Idempotency-Key": key } })),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ["jobs"] });
      showDone("Queued again as a new job.");
      void navigate({ to: "/jobs/$jobId", params: { jobId: made.id } });
    },
  });
  if (!ENDED.includes(job.state)) {
    if (!may || job.desired_state === "cancel") return null;
    return (
      <Button
        variant="default"
        leftSection={<IconPlayerStop size={16} aria-hidden />}
        loading={cancel.isPending}
        onClick={() =>
          confirmDanger({
            title: "Cancel this job?",
            body: "It stops within seconds and makes no cartridge. Its conversations and log stay; to go on, it has to be started again from the beginning.",
            verb: "Cancel the job",
            onConfirm: () => cancel.mutate(),
          })
        }
      >
        Cancel
      </Button>
    );
  }
  return (
    <>
      {may && (
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          loading={again.isPending}
          onClick={() => again.mutate(newRequestKey())}
        >
          {job.state === "succeeded" ? "Train again" : "Retry"}
        </Button>
      )}
      {job.cartridge_id != null && (
        <Button
          component={Link}
          to={`/cartridges/${job.cartridge_id}`}
          rightSection={<IconArrowRight size={16} aria-hidden />}
        >
          See the cartridge
        </Button>
      )}
    </>
  );
}

function Failure({ job }: { job: TrainingJob }) {
  return (
    <Alert color="rose" icon={<IconAlertTriangle aria-hidden />} title="The job failed" role="alert">
      <Text size="md">{job.error_detail}</Text>
      <Text size="md" mt={4}>
        {failureAdvice(job.error_code)}
      </Text>
      <Text size="xs" c="dimmed" mt="xs">
        {job.error_code}
        {job.request_id != null && ` · request ${job.request_id}`}
      </Text>
    </Alert>
  );
}

interface Reuse {
  conversations: number;
  corrections: number;
  chunks_kept: number;
  chunks_written: number;
}

/** What a job learns by difference, where it does. */
function Reused({ job }: { job: TrainingJob }) {
  const { reuse } = job.progress as { reuse?: Reuse | null };
  if (reuse == null) return null;
  return (
    <Text size="sm" c="dimmed" mt="sm">
      Learned by difference: {formatCount(reuse.conversations)} conversations about {formatCount(reuse.chunks_kept)} unchanged
      chunks are used again; {formatCount(reuse.chunks_written)} chunks are studied anew, {formatCount(reuse.corrections)} answers
      corrected.
    </Text>
  );
}

/** A retrained cartridge takes fewer steps than its recipe says: the progress tells how many. */
function stepsShown({ progress, points }: Live, ofRecipe: number | undefined): number {
  return progress?.steps ?? Math.max(ofRecipe ?? 1, points.at(-1)?.step ?? 1);
}

const ENDS: Record<NonNullable<LossCurve["end"]>, string> = {
  steps: "Training made all its steps",
  early_stop: "Training stopped early: no better loss came for as long as the recipe waits",
  budget: "Training ended with its budget of tokens or seconds",
};

/** Why training ended, and which step's cartridge was taken. */
function Ended({ curve, job }: { curve: LossCurve | undefined; job: TrainingJob }) {
  const { outcome } = job.progress as { outcome?: { steps: number } | null };
  if (curve?.end == null) return null;
  return (
    <Text size="sm" mt="sm">
      {ENDS[curve.end]}
      {outcome != null && ` (${formatCount(outcome.steps)})`}.
      {curve.best_step != null && curve.validation.length > 0 &&
        ` The cartridge is the one after step ${formatCount(curve.best_step)}, where the loss on conversations that it is not trained on was least.`}
    </Text>
  );
}

interface Work {
  tokens: number;
  seconds: number;
}

function Figures({ job, live }: { job: TrainingJob; live: Live }) {
  const running = !ENDED.includes(job.state);
  const { progress } = live;
  const spent = job.progress as { synthesis?: Work; training?: Work };
  const speed = (work: Work | undefined) =>
    work === undefined || work.seconds === 0 ? "–" : formatCount(work.tokens / work.seconds);
  if (!running) {
    return (
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <StatCard
          label="Took"
          value={job.started_at == null ? "–" : formatDuration(secondsBetween(job.started_at, job.finished_at ?? null))}
          hint={job.attempt > 1 ? `in ${job.attempt} attempts` : "from a worker's start to the end"}
        />
        <StatCard label="Self-study" value={speed(spent.synthesis)} hint={`tokens/s, ${formatCount(spent.synthesis?.tokens ?? 0)} written`} />
        <StatCard label="Training" value={speed(spent.training)} hint={`tokens/s, ${formatCount(spent.training?.tokens ?? 0)} learned from`} />
        <StatCard label="Last loss" value={live.points.at(-1)?.loss.toFixed(3) ?? "–"} hint="nats a token" />
      </SimpleGrid>
    );
  }
  const { done, total, unit } = amounts(progress);
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      <StatCard
        label={job.stage == null ? "Now" : (STAGES[job.stage]?.label ?? job.stage)}
        value={job.state === "queued" ? "Waiting" : total === undefined || done === undefined ? "In work" : formatPercent(done / total)}
        hint={
          job.state === "queued"
            ? "for a free worker"
            : total === undefined || done === undefined
              ? (progress?.system ?? "this takes a moment")
              : `${formatCount(done)} of ${formatCount(total)} ${unit}`
        }
      />
      <StatCard
        label="Left in this stage"
        value={progress?.eta_seconds == null ? "–" : formatDuration(Math.max(1, progress.eta_seconds))}
        hint={progress?.eta_seconds == null ? "not known yet" : "at this pace"}
      />
      <StatCard label="Speed" value={progress?.tokens_per_second === undefined ? "–" : formatCount(progress.tokens_per_second)} hint="tokens/s" />
      <StatCard label="Loss" value={live.points.at(-1)?.loss.toFixed(3) ?? "–"} hint="nats a token, last point" />
    </SimpleGrid>
  );
}

function amounts(progress: Progress | null): { done?: number | undefined; total?: number | undefined; unit: string } {
  if (progress?.steps !== undefined) return { done: progress.step, total: progress.steps, unit: "steps" };
  return { done: progress?.conversations, total: progress?.total, unit: "conversations" };
}
