import { spawn } from 'node:child_process'
import { createServer } from 'node:http'

/** Stands in for gateway or worker in the launcher's tests: serves `/readyz`, and has a child of its own. */
spawn('sleep', ['3600'], { stdio: 'ignore' })
const server = createServer((request, response) => {
  if (request.url === '/environment') response.end(JSON.stringify(process.env))
  else if (request.url === '/crash') process.exit(3)
  else response.writeHead(request.url === '/readyz' ? 200 : 404).end(String(process.pid))
})
server.listen(Number(process.env['PORT']), '127.0.0.1')
