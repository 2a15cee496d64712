{{/* Names and labels. Components are named by their own word: api, dashboard, dispatcher, trainer, router, inference. */}}

{{- define "cartridges.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "cartridges.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "cartridges.name" .) .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "cartridges.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* Which pods are the release's. Context: root. */}}
{{- define "cartridges.releaseSelector" -}}
app.kubernetes.io/name: {{ include "cartridges.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Which pods are a component's. Context: dict root, component. */}}
{{- define "cartridges.selector" -}}
{{ include "cartridges.releaseSelector" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "cartridges.labels" -}}
{{ include "cartridges.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: cartridges
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The metadata of a component's object. Context: dict root, component; name, where it is another than the component's. */}}
{{- define "cartridges.metadata" -}}
name: {{ .name | default (printf "%s-%s" (include "cartridges.fullname" .root) .component) }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "cartridges.labels" . | nindent 2 }}
{{- end }}

{{/* An image of the product. Context: dict root, image. */}}
{{- define "cartridges.image" -}}
{{- $name := .image.repository }}
{{- with .root.Values.image.registry }}{{ $name = printf "%s/%s" (trimSuffix "/" .) $name }}{{ end }}
{{- if .image.digest }}
{{- printf "%s@%s" $name .image.digest }}
{{- else }}
{{- printf "%s:%s" $name (.image.tag | default .root.Values.image.tag | default .root.Chart.AppVersion) }}
{{- end }}
{{- end }}

{{/* An image from elsewhere. Context: the image. */}}
{{- define "cartridges.outsideImage" -}}
{{- if .digest }}{{ printf "%s@%s" .repository .digest }}{{ else }}{{ printf "%s:%s" .repository .tag }}{{ end }}
{{- end }}

{{/* Names of PriorityClasses are the cluster's: the namespace is part of them. */}}
{{- define "cartridges.priorityClass" -}}
{{- printf "%s-%s-%s" .root.Release.Namespace (include "cartridges.fullname" .root) .kind }}
{{- end }}
