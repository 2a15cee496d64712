{{/* The Kubernetes Job of one training job. Context: root. */}}
{{- define "cartridges.trainingJob" -}}
{{- with .Values.trainer }}
{{- $pod := dict "root" $ "component" "trainer" "pod" . }}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "cartridges.fullname" $ }}-training
  namespace: {{ $.Release.Namespace }}
  labels:
    {{- include "cartridges.labels" $pod | nindent 4 }}
spec:
  backoffLimit: {{ .jobs.backoffLimit }}
  ttlSecondsAfterFinished: {{ .jobs.ttlSeconds }}
  template:
    metadata:
      {{- include "cartridges.podMetadata" $pod | nindent 6 }}
    spec:
      restartPolicy: Never
      {{- include "cartridges.trainerPod" (dict "root" $ "component" "trainer" "command" (list "python" "-m" "services.trainer.one_job") "status" false) | nindent 6 }}
{{- end }}
{{- end }}
