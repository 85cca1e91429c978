import { runRaces, SCALE, type RaceRow } from './run-race.ts'

/** Prints the race table: `pnpm --filter @stopbit/server-presets race`. */
const rows = await runRaces()
const line = ({ server, client, sent, lost, counted }: RaceRow): string =>
  `| ${server} | ${client} | ${sent} | ${lost} | ${counted.racedRequests} | ${counted.savedRequests} | ${counted.connections} | ${counted.reusedRequests} |`
process.stdout
  .write(`POSTs over idle gaps around the front's limit, scaled by ${SCALE.toFixed(4)}; Node ${process.versions.node}

| server | client | sent | lost | counted as raced | saved by the second look | connections | reused |
|---|---|---|---|---|---|---|---|
${rows.map(line).join('\n')}
`)
