{{/* What agent and SGLang have to agree on, and nothing secret. Context: root. */}}
{{- define "cartridges.servedEnvironment" -}}
{{- with .Values.inference }}
- name: CARTRIDGES_DATA_DIR
  value: /var/lib/cartridges
- name: CARTRIDGES_INFERENCE_PAGE_SIZE
  value: {{ .pageSize | quote }}
{{ include "cartridges.modelEnvironment" $ }}
{{- if eq .engine "sglang" }}
- name: CARTRIDGES_SGLANG_HOST
  value: 127.0.0.1
- name: CARTRIDGES_SGLANG_PORT
  value: "30000"
- name: CARTRIDGES_SGLANG_SOCKET_DIRECTORY
  value: /run/cartridges
- name: CARTRIDGES_SGLANG_START_SECONDS
  value: {{ .sglang.startSeconds | quote }}
- name: CARTRIDGES_SGLANG_TENSOR_PARALLEL
  value: {{ max 1 .gpu.count | quote }}
{{- range $name, $value := .settings }}
{{- if hasPrefix "CARTRIDGES_SGLANG_" $name }}
{{ include "cartridges.settings" (dict $name $value) | trim }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
