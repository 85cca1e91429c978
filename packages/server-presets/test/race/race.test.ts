import { expect, test } from 'vitest'
import { CLIENTS, runRaces, SERVERS } from './run-race.ts'

test(
  'POSTs over idle gaps around the limit of the front: none is lost with a preset, some are without, and all of those are counted',
  { timeout: 120_000 },
  async () => {
    const rows = await runRaces()
    expect(rows).toHaveLength(SERVERS.length * CLIENTS.length)
    const control = rows.filter(({ server }) => server === 'control')
    for (const { client, sent, lost, counted } of control) {
      expect(lost / sent, `${client}: ${lost} of ${sent} lost`).toBeGreaterThanOrEqual(0.01)
      expect(
        Math.abs(counted.racedRequests - lost),
        `${client}: ${lost} lost, ${counted.racedRequests} counted`,
      ).toBeLessThanOrEqual(1)
    }
    for (const { server, client, sent, lost, counted } of rows.filter((row) => row.server !== 'control')) {
      expect({ server, client, lost, raced: counted.racedRequests }).toEqual({ server, client, lost: 0, raced: 0 })
      expect(counted.requests).toBe(sent)
      // Node's fetch takes a second off the hint, which is half of the scaled limit: it alone never uses a connection again.
      if (client !== 'fetch')
        expect({ server, client, reused: counted.reusedRequests > 0 }).toMatchObject({ reused: true })
    }
  },
)
