{{/* Who may speak with whom. An edge is a peer and a port; a policy is a component's edges. */}}

{{/* Pods of a component. Context: dict root, component. */}}
{{- define "cartridges.componentPeer" -}}
- podSelector:
    matchLabels:
      {{- include "cartridges.selector" . | nindent 6 }}
{{- end }}

{{/* Pods elsewhere in the cluster. Context: a list of peers. */}}
{{- define "cartridges.peers" -}}
{{- range . }}
- namespaceSelector:
    matchLabels:
      {{- toYaml (.namespaceLabels | default dict) | nindent 6 }}
  {{- with .podLabels }}
  podSelector:
    matchLabels:
      {{- toYaml . | nindent 6 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Servers by address. Context: cidrs. */}}
{{- define "cartridges.addresses" -}}
{{- range . }}
- ipBlock:
    cidr: {{ . | quote }}
{{- end }}
{{- end }}

{{/* Ports. Context: a list of numbers. */}}
{{- define "cartridges.ports" -}}
{{- range . }}
- protocol: TCP
  port: {{ int . }}
{{- end }}
{{- end }}

{{- define "cartridges.dnsEdge" -}}
- to:
    {{- include "cartridges.peers" (list .Values.networkPolicies.dns) | nindent 4 }}
  ports:
    - protocol: UDP
      port: 53
    - protocol: TCP
      port: 53
{{- end }}

{{/* To a server that is in the release or outside. Context: dict root, trial (whether inside), component, port, outside. */}}
{{- define "cartridges.serverEdge" -}}
- to:
    {{- if .trial }}
    {{- include "cartridges.componentPeer" . | nindent 4 }}
  ports:
    {{- include "cartridges.ports" (list .port) | nindent 4 }}
    {{- else }}
    {{- include "cartridges.addresses" .outside.cidrs | nindent 4 }}
  ports:
    {{- include "cartridges.ports" .outside.ports | nindent 4 }}
    {{- end }}
{{- end }}

{{- define "cartridges.databaseEdge" -}}
{{ include "cartridges.serverEdge" (dict "root" . "trial" .Values.trial.postgres.enabled "component" "postgres" "port" 5432 "outside" .Values.networkPolicies.outside.database) }}
{{- end }}

{{- define "cartridges.brokerEdge" -}}
{{ include "cartridges.serverEdge" (dict "root" . "trial" .Values.trial.redis.enabled "component" "redis" "port" 6379 "outside" .Values.networkPolicies.outside.broker) }}
{{- end }}

{{- define "cartridges.objectStoreEdge" -}}
{{ include "cartridges.serverEdge" (dict "root" . "trial" .Values.trial.objectStore.enabled "component" "objectstore" "port" 8333 "outside" .Values.networkPolicies.outside.objectStore) }}
{{- end }}

{{- define "cartridges.kubernetesEdge" -}}
{{- with .Values.networkPolicies.kubernetesApi }}
- to:
    {{- include "cartridges.addresses" .cidrs | nindent 4 }}
  ports:
    {{- include "cartridges.ports" .ports | nindent 4 }}
{{- end }}
{{- end }}

{{/* To a component. Context: dict root, component, port. */}}
{{- define "cartridges.toComponent" -}}
- to:
    {{- include "cartridges.componentPeer" . | nindent 4 }}
  ports:
    {{- include "cartridges.ports" (list .port) | nindent 4 }}
{{- end }}

{{/* From components. Context: dict root, components, port. */}}
{{- define "cartridges.fromComponents" -}}
- from:
    {{- range .components }}
    {{- include "cartridges.componentPeer" (dict "root" $.root "component" .) | nindent 4 }}
    {{- end }}
  ports:
    {{- include "cartridges.ports" (list .port) | nindent 4 }}
{{- end }}

{{/* From elsewhere in the cluster. Context: dict peers, port. */}}
{{- define "cartridges.fromPeers" -}}
{{- if .peers }}
- from:
    {{- include "cartridges.peers" .peers | nindent 4 }}
  ports:
    {{- include "cartridges.ports" (list .port) | nindent 4 }}
{{- end }}
{{- end }}

{{/* The head of a component's policy. Context: dict root, component. */}}
{{- define "cartridges.policyHead" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "cartridges.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "cartridges.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
{{- end }}
