predire moins
for i in $(seq ${N}); do docker run -d -m 64m --name ${LOT}-$i busybox sleep 3600; done
vm run -d -m ${MO}m --name ${VM} busybox sh -c 'echo pret; sleep 3600'
until vm logs ${VM} | grep -q pret || ! vm ps | grep -q -w ${VM}; do sleep 0.5; done
P=$(docker inspect -f '{{.State.Pid}}' ${LOT}-1)
G=$(ps -o ppid= -p $P | tr -d ' ')
cat /proc/$P/smaps_rollup /proc/$G/smaps_rollup | awk '/^Pss:/ { s += $2 } END { print "conteneur " s }'
# lire C: conteneur ([0-9]+)$
Q=$(pgrep -f "escale-${VM} ")
awk '/^Pss:/ { print "vm " $2 }' /proc/$Q/smaps_rollup
# lire V: vm ([0-9]+)$
cat > memoire.txt <<FIN
conteneur = @C@ Kio
vm = @V@ Kio
FIN
