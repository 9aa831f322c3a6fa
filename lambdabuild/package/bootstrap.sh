#!/bin/sh
# Starts the program of the function for the CPU that this is: <handler> on amd64, <handler>_arm64 on arm64. A handler
# that ends in _arm64 is the same one, so that handler and CPU may be changed in any order.
# lambdabuild put it here; it is the same for every function, and needs no more than POSIX sh and uname.

fail() {
    printf 'bootstrap: %s\n' "$1" >&2
    exit 1
}

handler=${_HANDLER-}
name=${handler%_arm64}
case $name in
'') fail 'the function has no handler; set it to the name of the program beside this file' ;;
bootstrap) fail "the handler is \`$handler\`, which is this file; set it to the name of the program beside it" ;;
*/* | . | ..) fail "the handler \`$handler\` is not the name of a file; set it to one beside this file, without folders" ;;
esac

machine=$(PATH=${PATH-}:/usr/bin:/bin uname -m)
case $machine in
x86_64 | amd64) program=$name ;;
aarch64 | arm64) program=${name}_arm64 ;;
'') fail "the CPU is not known: \`uname -m\` says nothing" ;;
*) fail "there is no program for the CPU \`$machine\`, only for x86_64 and arm64" ;;
esac

program=${LAMBDA_TASK_ROOT:-/var/task}/$program
[ -f "$program" ] || fail "\`$program\` is missing: the handler is \`$handler\`, and the CPU $machine"
[ -x "$program" ] || fail "\`$program\` may not be executed: a tool that packed it again has lost its permissions"
exec "$program" "$@"
