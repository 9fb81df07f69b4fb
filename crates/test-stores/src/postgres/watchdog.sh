# Stops a PostgreSQL server when nobody uses it any more, however the users ended. Goes into the background;
# its standard input is the locked file that tells that it lives.
home=$1
entrance=$2  # who comes in holds this lock
pg_ctl=$3
grace=$4     # seconds between the last user and the end
exec 3<&0
{
    while :; do
        flock "$home/users.lock" true # waits for all of them
        sleep "$grace"
        exec 9<"$entrance"
        flock 9
        flock --nonblock "$home/users.lock" true && break
        exec 9<&-
    done
    # A frozen server would not hear it.
    server=$(head -n 1 "$home/data/postmaster.pid")
    kill -CONT $server $(cat "/proc/$server/task/$server/children")
    "$pg_ctl" stop -D "$home/data" -m immediate
    rm -rf "$home"
} &
