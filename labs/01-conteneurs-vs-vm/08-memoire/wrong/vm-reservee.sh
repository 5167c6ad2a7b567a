# raison: vm ram-reservee
# Mesure le conteneur, mais croit la mémoire de la VM réservée.
predire moins
for i in $(seq ${N}); do docker run -d -m 64m --name ${LOT}-$i busybox sleep 3600; done
vm run -d -m ${MO}m --name ${VM} busybox sleep 3600
P=$(docker inspect -f '{{.State.Pid}}' ${LOT}-1)
G=$(ps -o ppid= -p $P | tr -d ' ')
cat /proc/$P/smaps_rollup /proc/$G/smaps_rollup | awk '/^Pss:/ { s += $2 } END { print "conteneur " s }'
# lire C: conteneur ([0-9]+)$
cat > memoire.txt <<FIN
conteneur = @C@ Kio
vm = ${MO} Mio
FIN
