import { Alert, Anchor, Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconDownload, IconMessages, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";

import { api, data, send } from "@/api/client";
import type { CartridgeWithReport } from "@/api/types";
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
import { formatBytes, formatCount, formatDuration } from "@/lib/format";
import { NewJob } from "@/pages/jobs/NewJob";
import { RecipeView } from "@/pages/jobs/RecipeView";
import { STAGES } from "@/pages/jobs/stages";

import { PreviewReport } from "./PreviewReport";
import { QualityReport } from "./QualityReport";
import { cartridgeQuery } from "./queries";
import { reportOf, type Report } from "./report";
import { ResidencyPanel } from "./ResidencyPanel";
import { VersionsPanel } from "./VersionsPanel";

export function CartridgePage() {
  const { cartridgeId } = useParams({ from: "/signed-in/cartridges/$cartridgeId" });
  return <OneCartridge key={cartridgeId} cartridgeId={cartridgeId} />;
}

function OneCartridge({ cartridgeId }: { cartridgeId: string }) {
  const query = useQuery(cartridgeQuery(cartridgeId));
  const cartridge = query.data;
  if (cartridge === undefined) {
    return query.isError ? <ErrorNotice error={query.error} retry={() => void query.refetch()} /> : <PageSkeleton />;
  }
  const report = reportOf(cartridge.report);
  return (
    <>
      <PageHeader
        title={cartridge.name}
        back={{ to: "/cartridges", label: "Cartridges" }}
        aside={<StatusBadge status={cartridge.kind === "preview" ? cartridge.kind : cartridge.status} />}
        actions={<Actions cartridge={cartridge} report={report} />}
        description={
          <Group gap={6} component="span">
            <Anchor component={Link} to={`/corpora/${cartridge.corpus_id}`} inherit>
              Its corpus
            </Anchor>
            ·{" "}
            <Anchor component={Link} to={`/jobs/${cartridge.job_id}`} inherit>
              {cartridge.kind === "preview" ? "how it was made" : "its training"}
            </Anchor>
            · {cartridge.base_model} · made <RelativeTime at={cartridge.created_at} />
            <CopyButton value={cartridge.model} label="Copy the model's name for requests" />
            <CopyButton value={corpusModel(cartridge)} label="Copy the name that always means the corpus's best cartridge" />
          </Group>
        }
      />
      <Stack gap="lg">
        {cartridge.status === "needs_review" && <Review cartridge={cartridge} />}
        {report.preview !== null ? (
          <PreviewReport report={report.preview} corpusModel={corpusModel(cartridge)} />
        ) : report.quality === null ? (
          <Alert color="gray" title="No quality report">
            This cartridge's report is of another release. Train it again to see what it is worth.
          </Alert>
        ) : (
          <QualityReport quality={report.quality} corpusTokens={report.corpus_tokens} />
        )}
        <ResidencyPanel cartridgeId={cartridge.id} />
        <VersionsPanel corpusId={cartridge.corpus_id} cartridgeId={cartridge.id} />
        <Made cartridge={cartridge} report={report} />
        {report.preview === null && (
          <Panel title="Recipe" description="What it was made with.">
            <RecipeView recipe={report.recipe} />
          </Panel>
        )}
      </Stack>
    </>
  );
}

/** The name under which a request gets whichever cartridge of the corpus is the best one at the time. */
function corpusModel({ base_model, corpus_id }: CartridgeWithReport): string {
  return `${base_model}:${corpus_id}`;
}

function Review({ cartridge }: { cartridge: CartridgeWithReport }) {
  const client = useQueryClient();
  const may = useMay("write");
  const approve = useMutation({
    mutationFn: () =>
      data(api.PATCH("/v1/cartridges/{cartridge_id}", { params: { path: { cartridge_id: cartridge.id } }, body: { status: "ready" } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["cartridge", cartridge.id] });
      void client.invalidateQueries({ queryKey: ["cartridges"] });
      showDone("The cartridge is marked as ready.");
    },
  });
  return (
    <Alert color="amber" title="It closes less of the gap than its recipe asks for">
      <Text size="md">Look at the figures below and try it in the playground. Then say that it is ready, or train it again.</Text>
      {may && (
        <Button size="xs" variant="default" mt="sm" loading={approve.isPending} onClick={() => approve.mutate()}>
          Mark as ready
        </Button>
      )}
    </Alert>
  );
}

function Actions({ cartridge, report }: { cartridge: CartridgeWithReport; report: Report }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const mayWrite = useMay("write");
  const mayAsk = useMay("query");
  const [retraining, setRetraining] = useState(false);
  const download = useMutation({
    mutationFn: async () => {
      const answer = await send(`/v1/cartridges/${cartridge.id}/download`);
      const url = URL.createObjectURL(await answer.blob());
      const link = document.createElement("a");
      link.href = url;
      link.download = `${cartridge.id}.safetensors`;
      link.click();
      URL.revokeObjectURL(url);
    },
  });
  const remove = useMutation({
    mutationFn: () => api.DELETE("/v1/cartridges/{cartridge_id}", { params: { path: { cartridge_id: cartridge.id } } }),
    onSuccess: async () => {
      showDone(`${cartridge.name} was deleted.`);
      await navigate({ to: "/cartridges" });
      client.removeQueries({ queryKey: ["cartridge", cartridge.id] });
      void client.invalidateQueries({ queryKey: ["cartridges"] });
    },
  });
  return (
    <>
      {mayAsk && (
        <Button
          leftSection={<IconMessages size={16} aria-hidden />}
          onClick={() => void navigate({ to: "/playground", search: { cartridges: [cartridge.id] } })}
        >
          Chat
        </Button>
      )}
      <Button
        variant="default"
        leftSection={<IconDownload size={16} aria-hidden />}
        loading={download.isPending}
        onClick={() => download.mutate()}
      >
        Download
      </Button>
      {mayWrite && (
        <>
          <Button variant="default" leftSection={<IconRefresh size={16} aria-hidden />} onClick={() => setRetraining(true)}>
            {report.preview === null ? "Retrain" : "Train"}
          </Button>
          <Button
            variant="default"
            c="rose"
            leftSection={<IconTrash size={16} aria-hidden />}
            loading={remove.isPending}
            onClick={() =>
              confirmDanger({
                title: `Delete ${cartridge.name}?`,
                body: "Requests that name it are refused from then on, and its file is gone within seconds. Its corpus stays, so another can be trained.",
                verb: "Delete",
                onConfirm: () => remove.mutate(),
              })
            }
          >
            Delete
          </Button>
        </>
      )}
      {retraining && (
        <NewJob
          corpusId={cartridge.corpus_id}
          name={cartridge.name}
          {...(report.preview === null && { recipe: report.recipe })}
          onClose={() => setRetraining(false)}
        />
      )}
    </>
  );
}

function Made({ cartridge, report }: { cartridge: CartridgeWithReport; report: Report }) {
  const stages = Object.entries(report.seconds);
  const total = stages.reduce((sum, [, seconds]) => sum + seconds, 0);
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      <StatCard label="Prefix positions" value={formatCount(cartridge.tokens)} hint="tokens that every request spares" />
      <StatCard label="File" value={formatBytes(cartridge.size_bytes)} hint="safetensors" />
      <StatCard
        label="Took"
        value={formatDuration(total)}
        hint={stages
          .toSorted(([, a], [, b]) => b - a)
          .slice(0, 2)
          .map(([name, seconds]) => `${STAGES[name]?.label ?? name} ${formatDuration(seconds)}`)
          .join(", ")}
      />
      <StatCard
        label="Training speed"
        value={report.tokens_per_second.training === undefined ? "–" : formatCount(report.tokens_per_second.training)}
        hint="tokens/s"
      />
    </SimpleGrid>
  );
}
