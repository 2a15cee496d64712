{{/* The SGLang server: a container that is there before the agent and leaves after it. Context: root. */}}
{{- define "cartridges.sglangContainer" -}}
{{- with .Values.inference }}
- name: sglang
  restartPolicy: Always
  image: {{ include "cartridges.image" (dict "root" $ "image" .image) }}
  imagePullPolicy: {{ $.Values.image.pullPolicy }}
  command: [python3, -m, services.inference.sglang]
  securityContext:
    {{- include "cartridges.containerSecurity" $ | nindent 4 }}
  env:
    {{- include "cartridges.servedEnvironment" $ | nindent 4 }}
  # It listens on loopback, which is the pod's own: the kubelet has to look from within. Its /health has the model
  # make a token, so that a scheduler that hangs is seen too.
  startupProbe:
    exec:
      command: &health [python3, -c, "import urllib.request as r; r.urlopen('http://127.0.0.1:30000/health', timeout=15)"]
    periodSeconds: 10
    timeoutSeconds: 20
    failureThreshold: {{ div (add .sglang.startSeconds 9) 10 }}
  livenessProbe:
    exec:
      command: *health
    periodSeconds: 20
    timeoutSeconds: 20
    failureThreshold: 6
  resources:
    {{- include "cartridges.resources" (dict "resources" .sglang.resources "gpu" .gpu) | nindent 4 }}
  volumeMounts:
    - name: cache
      mountPath: /var/lib/cartridges
    - name: sockets
      mountPath: /run/cartridges
    - name: tmp
      mountPath: /tmp
    - name: shm
      mountPath: /dev/shm
    - name: models
      mountPath: /models
      readOnly: true
{{- end }}
{{- end }}
