# Stops a PostgreSQL server after its last user has exited, no matter how. Runs in the background.
# Standard input is a locked file; the lock shows that the watchdog is alive.
home=$1
entrance=$2  # new users hold this lock
pg_ctl=$3
grace=$4     # seconds between the exit of the last user and the stop
exec 3<&0
{
    while :; do
        # Somebody has emptied the temporary directory. A server whose files are gone stops by itself within a minute.
        [ -d "$home" ] || exit 0
        flock "$home/users.lock" true # waits for all users
        sleep "$grace"
        exec 9<"$entrance"
        flock 9
        flock --nonblock "$home/users.lock" true && break
        exec 9<&-
    done
    # A suspended server does not react to signals.
    server=$(head -n 1 "$home/data/postmaster.pid")
    kill -CONT $server $(cat "/proc/$server/task/$server/children")
    "$pg_ctl" stop -D "$home/data" -m immediate
    rm -rf "$home"
} &
