{{/* What of the api the world sees: neither its metrics nor its health. */}}
{{- define "cartridges.apiPaths" -}}
- /v1
- /docs
- /openapi.json
- /static-offline-docs
{{- end }}
