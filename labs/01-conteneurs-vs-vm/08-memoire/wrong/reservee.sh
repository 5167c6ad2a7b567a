# raison: conteneur ram-reservee
# Croit que la limite est réservée d'avance.
predire reserve
for i in $(seq ${N}); do docker run -d -m 64m --name ${LOT}-$i busybox sleep 3600; done
vm run -d -m ${MO}m --name ${VM} busybox sleep 3600
cat > memoire.txt <<FIN
conteneur = 64 Mio
vm = ${MO} Mio
FIN
