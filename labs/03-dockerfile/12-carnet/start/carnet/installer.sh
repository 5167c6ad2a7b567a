# Installe un paquet. Long, et jamais deux fois tout à fait le même résultat.
echo "installation de $1…"
sleep 0.3
mkdir -p /opt
{ echo "$1"; cat /proc/sys/kernel/random/uuid; } > "/opt/$1"
