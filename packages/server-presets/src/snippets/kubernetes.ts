import { STOP_SECONDS } from './front-numbers.ts'

/** The gateway's own default: the next after its port. */
const ADMIN_PORT = 4142

/** What a Deployment of the gateway needs, to be merged into it. */
export function renderKubernetes(): string {
  const { delay, deadline, grace } = STOP_SECONDS
  return `# The gateway goes on for ${delay} s after SIGTERM while it is taken out, ends what still streams at ${deadline} s, and is killed at ${grace} s.
# No preStop hook is needed. The admin port listens within the container alone, so the probe runs there too. For longer streams raise STOPBIT_DRAIN_DEADLINE_MS and terminationGracePeriodSeconds together.
spec:
  template:
    spec:
      terminationGracePeriodSeconds: ${grace}
      containers:
        - name: stopbit
          env:
            - { name: STOPBIT_SERVER_PRESET, value: 'nginx,kubernetes' } # or another front in place of nginx
            - { name: STOPBIT_DRAIN_DEADLINE_MS, value: '${deadline * 1_000}' }
            - { name: STOPBIT_ADMIN_PORT, value: '${ADMIN_PORT}' }
          readinessProbe:
            exec:
              command: [node, -e, "fetch('http://127.0.0.1:${ADMIN_PORT}/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
            periodSeconds: ${delay / 2} # one failure has to be known before the delay is over
            failureThreshold: 1
            timeoutSeconds: ${delay / 2 - 1}
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
