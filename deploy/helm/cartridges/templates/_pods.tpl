{{/* What pods have in common: security, placement, disruption. */}}

{{- define "cartridges.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .user | default 10001 }}
runAsGroup: {{ .user | default 10001 }}
fsGroup: {{ .user | default 10001 }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "cartridges.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Labels and annotations of a component's pods. Context: dict root, component, pod. */}}
{{- define "cartridges.podMetadata" -}}
labels:
  {{- include "cartridges.labels" . | nindent 2 }}
  {{- with .pod.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .pod.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The beginning of a pod's spec. Context: dict root, component, pod; priority (inference or training), token. */}}
{{- define "cartridges.podSpec" -}}
{{- $root := .root }}
serviceAccountName: {{ if .token }}{{ include "cartridges.fullname" $root }}-{{ .component }}{{ else }}{{ include "cartridges.fullname" $root }}{{ end }}
automountServiceAccountToken: {{ .token | default false }}
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "cartridges.podSecurity" . | nindent 2 }}
{{- if .pod.priorityClassName }}
priorityClassName: {{ .pod.priorityClassName }}
{{- else if and .priority $root.Values.priorityClasses.create }}
priorityClassName: {{ include "cartridges.priorityClass" (dict "root" $root "kind" .priority) }}
{{- end }}
{{- $gpu := .pod.gpu | default dict }}
{{- if and $gpu.count $gpu.runtimeClassName }}
runtimeClassName: {{ $gpu.runtimeClassName }}
{{- end }}
{{- with .pod.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .pod.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .pod.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .pod.topologySpread }}
topologySpreadConstraints:
  {{- range . }}
  - topologyKey: {{ .topologyKey | default "kubernetes.io/hostname" }}
    maxSkew: {{ .maxSkew | default 1 }}
    whenUnsatisfiable: {{ .whenUnsatisfiable | default "ScheduleAnyway" }}
    labelSelector:
      matchLabels:
        {{- include "cartridges.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Resources of a container, with its GPUs. Context: dict resources, gpu. */}}
{{- define "cartridges.resources" -}}
{{- $limits := .resources.limits }}
{{- with .gpu }}
{{- if .count }}
{{- $limits = merge (dict .resource .count) $limits }}
{{- end }}
{{- end }}
{{- with .resources.requests }}
requests:
  {{- include "cartridges.quantities" . | nindent 2 }}
{{- end }}
{{- with $limits }}
limits:
  {{- include "cartridges.quantities" . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Quantities as text: Kubernetes takes numbers too, its Python client, with which Jobs are made, does not. */}}
{{- define "cartridges.quantities" -}}
{{- range $name, $value := . }}
{{ $name }}: {{ if kindIs "string" $value }}{{ $value | quote }}{{ else }}{{ toJson $value | quote }}{{ end }}
{{- end }}
{{- end }}

{{/* A PodDisruptionBudget. Context: dict root, component, budget, replicas. */}}
{{- define "cartridges.budget" -}}
{{- if and .budget.enabled (gt (int .replicas) 1) }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "cartridges.metadata" . | nindent 2 }}
spec:
  maxUnavailable: {{ .budget.maxUnavailable }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "cartridges.selector" . | nindent 6 }}
{{- end }}
{{- end }}

{{/* How many replicas there are at the least. Context: dict autoscaling, replicas. */}}
{{- define "cartridges.leastReplicas" -}}
{{- if .autoscaling.enabled }}{{ .autoscaling.minReplicas }}{{ else }}{{ .replicas }}{{ end }}
{{- end }}

{{/* A HorizontalPodAutoscaler on CPU. Context: dict root, component, autoscaling. */}}
{{- define "cartridges.cpuScaler" -}}
{{- if .autoscaling.enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "cartridges.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "cartridges.fullname" .root }}-{{ .component }}
  minReplicas: {{ .autoscaling.minReplicas }}
  maxReplicas: {{ .autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .autoscaling.cpuUtilization }}
{{- end }}
{{- end }}

{{/* A probe over HTTP. Context: dict path, port; and what else a probe has. */}}
{{- define "cartridges.probe" -}}
httpGet:
  path: {{ .path }}
  port: {{ .port }}
{{- range $name := list "initialDelaySeconds" "periodSeconds" "timeoutSeconds" "failureThreshold" }}
{{- with index $ $name }}
{{ $name }}: {{ . }}
{{- end }}
{{- end }}
{{- end }}
