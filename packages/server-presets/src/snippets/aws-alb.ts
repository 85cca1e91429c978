import { DRAIN_PRESETS, PRESET_TABLE } from '../preset-table.ts'

/** Lines of the AWS CLI, and the same as annotations of an Ingress. */
export function renderAwsAlb(): string {
  const idle = PRESET_TABLE['aws-alb'].frontIdle.value / 1_000
  const own = PRESET_TABLE['aws-alb'].keepAliveTimeout.value / 1_000
  const deadline = DRAIN_PRESETS.kubernetes.drainDeadlineMs.value / 1_000
  return `# The server keeps idle connections for ${own} s, the balancer for ${idle} s: the balancer closes first. Above ${own - 5} s raise both.
aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$BALANCER" \\
  --attributes Key=idle_timeout.timeout_seconds,Value=${idle}
aws elbv2 modify-target-group-attributes --target-group-arn "$TARGETS" \\
  --attributes Key=deregistration_delay.timeout_seconds,Value=${deadline}

# The same for the AWS Load Balancer Controller, as annotations of the Ingress:
#   alb.ingress.kubernetes.io/load-balancer-attributes: idle_timeout.timeout_seconds=${idle}
#   alb.ingress.kubernetes.io/target-group-attributes: deregistration_delay.timeout_seconds=${deadline}
`
}
