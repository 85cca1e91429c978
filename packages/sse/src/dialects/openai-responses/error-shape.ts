// One vendor, one shape: the errors of the two APIs do not differ.
export { answeredError, errorOf, errorResponse } from '../openai-chat/error-shape.ts'
