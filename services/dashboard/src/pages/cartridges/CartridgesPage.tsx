import { PageHeader } from "@/components/PageHeader";

export function CartridgesPage() {
  return <PageHeader title="Cartridges" />;
}
