{{/* The pod that trains: a worker's and a Job's differ in what they run. Context: dict root, component, command, status. */}}
{{- define "cartridges.trainerPod" -}}
{{- $root := .root }}
{{- with $root.Values.trainer }}
{{- include "cartridges.podSpec" (dict "root" $root "component" $.component "pod" . "priority" "training") }}
terminationGracePeriodSeconds: {{ .shutdownSeconds }}
containers:
  - name: trainer
    image: {{ include "cartridges.image" (dict "root" $root "image" .image) }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    command: {{ toJson $.command }}
    securityContext:
      {{- include "cartridges.containerSecurity" $root | nindent 6 }}
    env:
      - name: CARTRIDGES_DATA_DIR
        value: /var/lib/cartridges
      # Named, so that a node whose GPU cannot be used is seen to fail, and does not train on its CPU unseen.
      - name: CARTRIDGES_TRAINER_DEVICE
        value: {{ ternary "cuda" "cpu" (gt (int .gpu.count) 0) }}
      {{- if $.status }}
      - name: CARTRIDGES_TRAINER_STATUS_PORT
        value: "9100"
      # A worker's child trains, and the worker tells: what the one counts lies here.
      - name: PROMETHEUS_MULTIPROC_DIR
        value: /tmp/metrics
      {{- end }}
      {{- include "cartridges.modelEnvironment" $root | nindent 6 }}
      {{- include "cartridges.databaseEnvironment" (dict "root" $root "login" "worker") | nindent 6 }}
      {{- include "cartridges.brokerEnvironment" $root | nindent 6 }}
      {{- include "cartridges.objectStoreEnvironment" $root | nindent 6 }}
      {{- with $root.Values.secrets.synthesis }}
      {{- if .existing }}
      {{- include "cartridges.fromSecret" (dict "name" "CARTRIDGES_SYNTHESIS_ENDPOINT_KEY" "secret" .existing "key" .keys.key) | nindent 6 }}
      {{- end }}
      {{- end }}
      {{- with .settings }}
      {{- include "cartridges.settings" . | nindent 6 }}
      {{- end }}
    {{- if $.status }}
    ports:
      - name: status
        containerPort: 9100
    startupProbe:
      {{- include "cartridges.probe" (dict "path" "/healthz" "port" "status" "periodSeconds" 5 "failureThreshold" 60) | nindent 6 }}
    livenessProbe:
      {{- include "cartridges.probe" (dict "path" "/healthz" "port" "status" "periodSeconds" 20 "timeoutSeconds" 10 "failureThreshold" 6) | nindent 6 }}
    readinessProbe:
      {{- include "cartridges.probe" (dict "path" "/readyz" "port" "status" "periodSeconds" 10 "timeoutSeconds" 5 "failureThreshold" 3) | nindent 6 }}
    {{- end }}
    resources:
      {{- include "cartridges.resources" (dict "resources" .resources "gpu" .gpu) | nindent 6 }}
    volumeMounts:
      - name: scratch
        mountPath: /var/lib/cartridges
      - name: tmp
        mountPath: /tmp
      - name: shm
        mountPath: /dev/shm
      - name: models
        mountPath: /models
        readOnly: true
volumes:
  - name: scratch
    emptyDir:
      sizeLimit: {{ .scratch.size | quote }}
  - name: tmp
    emptyDir:
      sizeLimit: 2Gi
  - name: shm
    emptyDir:
      medium: Memory
      sizeLimit: 1Gi
  - name: models
    persistentVolumeClaim:
      claimName: {{ include "cartridges.modelClaim" $root }}
      readOnly: true
{{- end }}
{{- end }}
