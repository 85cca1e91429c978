import { ask } from '../chat-client.ts'
import { startMocking } from './mocks.ts'

await startMocking()

const form = document.querySelector('form')
const answer = document.querySelector('#answer')
const message = document.querySelector('[role=status]')

form?.addEventListener('submit', (event) => {
  event.preventDefault()
  void ask(
    'Why?',
    { url: '/api/chat', silenceMs: 1_000 },
    {
      showText: (text) => answer?.replaceChildren(text),
      showMessage: (text) => message?.replaceChildren(text === '' ? 'Done.' : text),
    },
  )
})
document.body.dataset['ready'] = 'yes'
