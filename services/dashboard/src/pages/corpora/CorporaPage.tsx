import { PageHeader } from "@/components/PageHeader";

export function CorporaPage() {
  return <PageHeader title="Corpora" />;
}
