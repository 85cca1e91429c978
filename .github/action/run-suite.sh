#!/usr/bin/env bash
# Runs the suite for action.yml. All inputs come through the environment, and each is one argument of the command whatever it holds.
set -euo pipefail

fail() {
  printf '::error::%s\n' "$1"
  exit 2
}

[ -n "${INPUT_MANIFEST:-}" ] || fail 'Cannot run the suite: the input "manifest" is empty'
[ -f "$INPUT_MANIFEST" ] || fail 'Cannot run the suite: there is no file at the input "manifest"'

# The action at v1.2.3 runs the suite 1.2.3; at a branch or a commit there is no such version, and one must be named.
version=${INPUT_SUITE_VERSION:-}
if [ -z "$version" ]; then
  case ${ACTION_REF:-} in
    v[0-9]*.[0-9]*.[0-9]*) version=${ACTION_REF#v} ;;
    *) fail 'Cannot run the suite: the action is used without a version tag, so the input "suite-version" is needed' ;;
  esac
fi
case $version in
  *[!0-9A-Za-z.-]*) fail 'Cannot run the suite: the input "suite-version" is no version' ;;
esac

if [ -n "${INPUT_KNOWN_FAILING:-}" ]; then
  beside=${INPUT_MANIFEST%.json}.known-failing.json
  [ ! -e "$beside" ] || fail 'Cannot use the input "known-failing": there is a list beside the manifest already'
  cp -- "$INPUT_KNOWN_FAILING" "$beside"
fi

# A folder of its own: a job may use the action twice, and an old summary must not pass for this run's.
report=$(mktemp -d "${RUNNER_TEMP:-/tmp}/stopbit-conformance.XXXXXX")
arguments=(run --target "$INPUT_MANIFEST" --report "$report" --repeat "${INPUT_REPEAT:-1}")
if [ -n "${INPUT_PROFILE:-}" ]; then
  IFS=$', \t\n' read -rd '' -a profiles <<<"$INPUT_PROFILE" || true
  for profile in "${profiles[@]}"; do
    [[ $profile != -* ]] || fail 'Cannot run the suite: the input "profile" has a name that begins with "-"'
  done
  arguments+=(--profile "${profiles[@]}")
fi
[ -z "${INPUT_RELEASE:-}" ] || arguments+=(--release "$INPUT_RELEASE")
[ -z "${INPUT_SCALE:-}" ] || arguments+=(--scale "$INPUT_SCALE")

code=0
npx --yes "@stopbit/conformance@$version" "${arguments[@]}" || code=$?

case $code in
  0) result=conforming ;;
  1) result=not-conforming ;;
  *) result=inconclusive ;;
esac
{
  printf 'result=%s\n' "$result"
  printf 'badge=%s\n' "$report/badge.json"
  printf 'report=%s\n' "$report"
} >>"${GITHUB_OUTPUT:-/dev/null}"
if [ -f "$report/summary.md" ]; then
  cat -- "$report/summary.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
exit "$code"
