{{/* Labels and annotations of an alert. Context: dict root, alert, severity, summary. */}}
{{- define "cartridges.alert" -}}
labels:
  severity: {{ .severity }}
  namespace: {{ .root.Release.Namespace }}
  release: {{ include "cartridges.fullname" .root }}
annotations:
  summary: {{ printf "%s/%s: %s" .root.Release.Namespace (include "cartridges.fullname" .root) .summary | quote }}
  {{- with .root.Values.monitoring.rules.runbookUrl }}
  runbook_url: {{ printf "%s#%s" . (lower $.alert) | quote }}
  {{- end }}
{{- end }}
