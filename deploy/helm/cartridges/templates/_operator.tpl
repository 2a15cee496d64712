{{/* A pod for the operator's commands, under the owner's login. Context: root. */}}
{{- define "cartridges.operatorPod" -}}
restartPolicy: Never
automountServiceAccountToken: false
securityContext:
  {{- include "cartridges.podSecurity" dict | nindent 2 }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
containers:
  - name: operator
    image: {{ include "cartridges.image" (dict "root" . "image" .Values.api.image) }}
    command: [sleep, "3600"]
    securityContext:
      {{- include "cartridges.containerSecurity" . | nindent 6 }}
    env:
      {{- include "cartridges.databaseEnvironment" (dict "root" . "login" "owner") | nindent 6 }}
      {{- include "cartridges.pepperEnvironment" . | nindent 6 }}
    volumeMounts:
      - name: tmp
        mountPath: /tmp
volumes:
  - name: tmp
    emptyDir: {}
{{- end }}
