{{/* Where services find what they need. Secrets are named, never written. Context: root, unless said otherwise. */}}

{{/* A variable from a secret. Context: dict name, secret, key; optional, where the key need not be there. */}}
{{- define "cartridges.fromSecret" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key }}
      {{- if .optional }}
      optional: true
      {{- end }}
{{- end }}

{{/* The database, under a login. Context: dict root, login (owner, api or worker); name. */}}
{{- define "cartridges.databaseEnvironment" -}}
{{- $secret := .root.Values.secrets.database }}
{{- include "cartridges.fromSecret" (dict "name" (.name | default "CARTRIDGES_DATABASE_URL") "secret" $secret.existing "key" (index $secret.keys .login)) }}
{{- end }}

{{- define "cartridges.brokerEnvironment" -}}
{{- with .Values.secrets.broker }}
{{- include "cartridges.fromSecret" (dict "name" "CARTRIDGES_BROKER_URL" "secret" .existing "key" .keys.url) }}
{{- end }}
{{- end }}

{{- define "cartridges.grantEnvironment" -}}
{{- with .Values.secrets.platform }}
{{- include "cartridges.fromSecret" (dict "name" "CARTRIDGES_GRANT_SECRET" "secret" .existing "key" .keys.grantSecret) }}
{{ include "cartridges.fromSecret" (dict "name" "CARTRIDGES_OTHER_GRANT_SECRET" "secret" .existing "key" .keys.otherGrantSecret "optional" true) }}
{{- end }}
{{- end }}

{{- define "cartridges.pepperEnvironment" -}}
{{- with .Values.secrets.platform }}
{{- include "cartridges.fromSecret" (dict "name" "CARTRIDGES_KEY_PEPPER" "secret" .existing "key" .keys.keyPepper) }}
{{ include "cartridges.fromSecret" (dict "name" "CARTRIDGES_OTHER_KEY_PEPPER" "secret" .existing "key" .keys.otherKeyPepper "optional" true) }}
{{- end }}
{{- end }}

{{- define "cartridges.objectStoreEnvironment" -}}
{{- $store := .Values.objectStore }}
- name: CARTRIDGES_S3_ENDPOINT
  value: {{ include "cartridges.objectStoreEndpoint" . | quote }}
- name: CARTRIDGES_S3_BUCKET
  value: {{ $store.bucket | quote }}
- name: CARTRIDGES_S3_REGION
  value: {{ $store.region | quote }}
- name: CARTRIDGES_S3_SECURE
  value: {{ and $store.secure (not .Values.trial.objectStore.enabled) | quote }}
{{- with .Values.secrets.objectStore }}
{{ include "cartridges.fromSecret" (dict "name" "CARTRIDGES_S3_ACCESS_KEY" "secret" .existing "key" .keys.accessKey) }}
{{ include "cartridges.fromSecret" (dict "name" "CARTRIDGES_S3_SECRET_KEY" "secret" .existing "key" .keys.secretKey) }}
{{- end }}
{{- end }}

{{- define "cartridges.objectStoreEndpoint" -}}
{{- if .Values.trial.objectStore.enabled }}
{{- if .Values.objectStore.endpoint }}{{ fail "set either objectStore.endpoint or trial.objectStore.enabled" }}{{ end }}
{{- printf "%s-objectstore:8333" (include "cartridges.fullname" .) }}
{{- else }}
{{- required "name the S3 server in objectStore.endpoint, or enable trial.objectStore" .Values.objectStore.endpoint }}
{{- end }}
{{- end }}

{{- define "cartridges.modelEnvironment" -}}
- name: CARTRIDGES_BASE_MODEL
  value: {{ printf "/models/%s" .Values.model.name | quote }}
{{- end }}

{{/* An operator's settings of a service. Numbers are written whole: Helm would round large ones. Context: the map. */}}
{{- define "cartridges.settings" -}}
{{- range $name, $value := . }}
- name: {{ $name }}
  value: {{ if kindIs "string" $value }}{{ $value | quote }}{{ else }}{{ toJson $value | quote }}{{ end }}
{{- end }}
{{- end }}

{{/* Where the api finds what answers. */}}
{{- define "cartridges.inferenceUrl" -}}
{{- if .Values.router.enabled }}
{{- printf "http://%s-router:8200" (include "cartridges.fullname" .) }}
{{- else }}
{{- printf "http://%s-inference-0.%s-inference:8100" (include "cartridges.fullname" .) (include "cartridges.fullname" .) }}
{{- end }}
{{- end }}

{{/* The volume with the base model. */}}
{{- define "cartridges.modelClaim" -}}
{{- .Values.model.claim.existing | default (printf "%s-model" (include "cartridges.fullname" .)) }}
{{- end }}
