{{- define "fleetwatch.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "fleetwatch.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end -}}

{{- define "fleetwatch.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "fleetwatch.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The settings that are not secret, as the data of a ConfigMap. */}}
{{- define "fleetwatch.settings" -}}
{{- $given := .Values.settings -}}
{{- if eq .Values.environment "production" -}}
{{- $_ := required "settings.HTTP__TRUSTED_PROXIES: production requires the addresses of the ingress controller, or none" (get $given "HTTP__TRUSTED_PROXIES") -}}
{{- end -}}
{{- if gt (mul 2 (int64 $given.HTTP__DRAIN_MS)) (int64 $given.HTTP__SHUTDOWN_TIMEOUT_MS) -}}
{{- fail "settings.HTTP__DRAIN_MS: must not be more than half of settings.HTTP__SHUTDOWN_TIMEOUT_MS" -}}
{{- end -}}
{{- range $name, $value := merge (dict "ENV" .Values.environment) $given }}
{{- /* Helm would write 10000000 as 1e+07. */ -}}
{{- if and (kindIs "float64" $value) (eq $value (floor $value)) }}
{{- $value = int64 $value }}
{{- end }}
FLEETWATCH_{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end -}}

{{/* Variables that name the secret files. */}}
{{- define "fleetwatch.secretFiles" -}}
{{- range $name, $key := . }}
- name: FLEETWATCH_{{ $name }}_FILE
  value: /run/secrets/fleetwatch/{{ $key }}
{{- end }}
{{- end -}}

{{/* The volume with these secrets. Other users must not be able to read the files, hence the mode and the group. */}}
{{- define "fleetwatch.secretVolume" -}}
- name: secrets
  secret:
    secretName: {{ .secret }}
    defaultMode: 0440
    items:
      {{- range $key := values .keys | uniq | sortAlpha }}
      - key: {{ $key }}
        path: {{ $key }}
      {{- end }}
{{- end -}}

{{- define "fleetwatch.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "fleetwatch.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* A probe. With HTTP__ALLOWED_HOSTS, a request that names the pod's address would get 421. */}}
{{- define "fleetwatch.probe" -}}
httpGet:
  path: {{ .path }}
  port: http
  {{- with .values.settings.HTTP__ALLOWED_HOSTS }}
  {{- if ne . "none" }}
  httpHeaders:
    - name: Host
      value: {{ splitList "," . | first | trim }}
  {{- end }}
  {{- end }}
{{- end -}}

{{/* Seconds until SIGKILL: the graceful shutdown, of which the drain is a part, and a reserve. */}}
{{- define "fleetwatch.gracePeriod" -}}
{{- $shutdown := divf (float64 .Values.settings.HTTP__SHUTDOWN_TIMEOUT_MS) 1000 | ceil | int -}}
{{- add $shutdown 5 -}}
{{- end -}}
