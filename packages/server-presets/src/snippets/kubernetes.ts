import { STOP_SECONDS } from './front-numbers.ts'

/** What a Deployment of the gateway needs, to be merged into it. */
export function renderKubernetes(): string {
  const { delay, deadline, grace } = STOP_SECONDS
  return `# The gateway goes on for ${delay} s after SIGTERM while it is taken out, ends what still streams at ${deadline} s, and is killed at ${grace} s.
# No preStop hook is needed. For longer streams raise STOPBIT_DRAIN_DEADLINE_MS and terminationGracePeriodSeconds together.
spec:
  template:
    spec:
      terminationGracePeriodSeconds: ${grace}
      containers:
        - name: stopbit
          env:
            - { name: STOPBIT_SERVER_PRESET, value: 'nginx,kubernetes' } # or another front in place of nginx
            - { name: STOPBIT_DRAIN_DEADLINE_MS, value: '${deadline * 1_000}' }
---
# ingress-nginx: annotations of the Ingress in front.
metadata:
  annotations:
    nginx.ingress.kubernetes.io/proxy-buffering: 'off'
    nginx.ingress.kubernetes.io/proxy-http-version: '1.1'
    nginx.ingress.kubernetes.io/proxy-read-timeout: '600'
    nginx.ingress.kubernetes.io/proxy-send-timeout: '600'
`
}
