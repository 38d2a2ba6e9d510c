import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'

/**
 * Reads `add GROUP` and `end GROUP` lines until its input closes, which happens when the launcher is gone, however
 * it died. The kernel has signalled the launcher's own children by then; what those had started in turn is killed
 * here: a group as soon as its first process is gone, and every group after twenty seconds.
 */
const script = `
trap '' HUP INT TERM
groups=' '
while read -r verb group; do
  case $verb in
    add) groups="$groups$group " ;;
    end) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
tenths=0
while [ "$tenths" -lt 200 ]; do
  left=' '
  for group in $groups; do
    if kill -0 "$group" 2>/dev/null; then left="$left$group "; else kill -KILL "-$group" 2>/dev/null; fi
  done
  groups=$left
  [ "$groups" = ' ' ] && exit
  sleep 0.1
  tenths=$((tenths + 1))
done
for group in $groups; do kill -KILL "-$group"; done
`

let guard: Writable | null = null

/** Has the process group killed should this process die before `groupEnded`. */
export function guardGroup(group: number): void {
  guard ??= start()
  guard.write(`add ${group}\n`)
}

/** The group is gone: its number may soon be somebody else's. */
export function groupEnded(group: number): void {
  guard?.write(`end ${group}\n`)
}

function start(): Writable {
  // A session of its own: what kills the launcher's whole process group must not kill its guard.
  const child = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: '/usr/bin:/bin' },
  })
  const ended = () => (guard = null)
  child.once('error', ended)
  child.once('exit', ended)
  child.stdin.on('error', ended)
  child.unref()
  // Neither may keep this process alive.
  if (child.stdin instanceof Socket) child.stdin.unref()
  return child.stdin
}
